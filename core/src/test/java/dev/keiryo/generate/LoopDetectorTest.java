package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.generate.LoopDetector.Limits;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LoopDetectorTest {
    /** The definition, over the whole text. */
    private static boolean isLoop(int[] text, int end, Limits limits) {
        for (int p = 1; p <= limits.longest(); p++) {
            int same = 0;
            while (end - 1 - same - p >= 0 && text[end - 1 - same] == text[end - 1 - same - p]) {
                same++;
            }
            if (same + p >= p * limits.times() && same + p >= limits.least()) {
                return true;
            }
        }
        return false;
    }

    @Test
    void equalsTheDefinition() {
        SplittableRandom random = new SplittableRandom(3);
        int loops = 0;
        for (int round = 0; round < 3000; round++) {
            Limits limits = new Limits(random.nextInt(6), 2 + random.nextInt(3), 1 + random.nextInt(12));
            int[] text = random.ints(40, 0, 2).toArray();
            LoopDetector detector = new LoopDetector(limits);
            for (int i = 0; i < text.length; i++) {
                boolean expected = isLoop(text, i + 1, limits);
                assertEquals(expected, detector.accept(text[i]));
                loops += expected ? 1 : 0;
            }
        }
        assertTrue(loops > 10_000);
    }

    @Test
    void aPhraseSaidFourTimesIsALoopAndAListIsNot() {
        LoopDetector detector = new LoopDetector(Limits.DEFAULT);
        boolean loop = false;
        for (int i = 0; i < 4 * 20; i++) {
            assertFalse(loop, "after " + i);
            loop = detector.accept(i % 20);
        }
        assertTrue(loop);
        LoopDetector list = new LoopDetector(Limits.DEFAULT);
        for (int i = 0; i < 400; i++) {
            assertFalse(list.accept(i % 10 == 0 ? 1000 + i : i % 10));
        }
    }

    @Test
    void offNeverStops() {
        LoopDetector off = new LoopDetector(Limits.OFF);
        for (int i = 0; i < 1000; i++) {
            assertFalse(off.accept(7));
        }
        assertThrows(IllegalArgumentException.class, () -> new Limits(1, 1, 1));
    }
}
