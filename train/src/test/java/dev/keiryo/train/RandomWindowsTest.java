package dev.keiryo.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.train.data.TokenBatch;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomWindowsTest {
    private static final int[] TEXT = new int[100_000];

    static {
        Arrays.setAll(TEXT, i -> i);
    }

    @Test
    void targetsAreTheNextTokens() {
        TokenBatch b = new RandomWindows(TEXT, 16, 4, 1).get(7, 0);
        for (int i = 0; i < b.targets().length; i++) {
            assertEquals(b.ids()[i] + 1, b.targets()[i]);
        }
        assertArrayEquals(
                b.targets(), new RandomWindows(TEXT, 16, 4, 1).get(7, 0).targets());
    }

    /** Steps and parts draw windows of their own: of 8,000 places among 100,000 hardly any comes back within a few steps. */
    @Test
    void stepsDoNotShareWindows() {
        RandomWindows windows = new RandomWindows(TEXT, 16, 8, 1);
        Set<Integer> seen = new HashSet<>();
        int drawn = 0;
        for (int step = 0; step < 500; step++) {
            for (int part = 0; part < 2; part++) {
                TokenBatch b = windows.get(step, part);
                for (int w = 0; w < 8; w++) {
                    seen.add(b.ids()[16 * w]);
                    drawn++;
                }
            }
        }
        // 8,000 draws of 100,000 places: 7,688 different ones are expected.
        assertTrue(seen.size() > 0.94 * drawn, seen.size() + " different windows of " + drawn);
    }
}
