package dev.keiryo.train.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Masked language modelling and span corruption. */
class CorruptionTest {
    private static final int VOCABULARY = 1000;
    private static final int MASK = 103;

    private static TokenBatch batch(int tokens, long seed) {
        int[] ids = new Random(seed).ints(tokens, 200, VOCABULARY).toArray();
        ids[0] = 101; // special: below 200
        ids[tokens - 1] = 102;
        return new TokenBatch(ids, new int[] {0}, new int[tokens], new float[tokens]);
    }

    @Test
    void maskedTokensAreReplacedInBertsShares() {
        MaskedTokens masked = new MaskedTokens(MASK, VOCABULARY, 0.15, id -> id < 200);
        int chosen = 0;
        int hidden = 0;
        int same = 0;
        int other = 0;
        for (int step = 0; step < 400; step++) {
            TokenBatch plain = batch(512, step);
            TokenBatch corrupted = masked.corrupt(plain, 7, step);
            assertArrayEquals(plain.ids(), corrupted.targets());
            assertEquals(0, corrupted.weights()[0]);
            assertEquals(0, corrupted.weights()[511]);
            int here = 0;
            for (int i = 0; i < 512; i++) {
                int id = corrupted.ids()[i];
                if (corrupted.weights()[i] == 0) {
                    assertEquals(plain.ids()[i], id);
                } else {
                    here++;
                    hidden += id == MASK ? 1 : 0;
                    same += id == plain.ids()[i] ? 1 : 0;
                    other += id != MASK && id != plain.ids()[i] ? 1 : 0;
                    assertTrue(id == MASK || id >= 200);
                }
            }
            assertEquals(77, here); // 15 % of 510, rounded
            chosen += here;
        }
        assertEquals(0.8, (double) hidden / chosen, 0.01);
        assertEquals(0.1, (double) same / chosen, 0.01);
        assertEquals(0.1, (double) other / chosen, 0.01);
    }

    @Test
    void masksFollowFromSeedAndStep() {
        MaskedTokens masked = new MaskedTokens(MASK, VOCABULARY, 0.15, id -> id < 200);
        TokenBatch plain = batch(100, 1);
        assertEquals(masked.corrupt(plain, 7, 3), masked.corrupt(plain, 7, 3));
        assertNotEquals(masked.corrupt(plain, 7, 3), masked.corrupt(plain, 7, 4));
        assertNotEquals(masked.corrupt(plain, 7, 3), masked.corrupt(plain, 8, 3));
        TokenBatch tiny = new TokenBatch(new int[] {101, 500, 102}, new int[] {0}, new int[3], new float[3]);
        assertArrayEquals(new float[] {0, 1, 0}, masked.corrupt(tiny, 1, 1).weights());
        TokenBatch special = new TokenBatch(new int[] {101, 102}, new int[] {0}, new int[2], new float[2]);
        assertArrayEquals(new int[0], masked.corrupt(special, 1, 1).outputs());
        assertThrows(IllegalArgumentException.class, () -> new MaskedTokens(1000, VOCABULARY, 0.15, id -> false));
        assertThrows(IllegalArgumentException.class, () -> new MaskedTokens(1, VOCABULARY, 1, id -> false));
    }

    @Test
    void spansCanBePutBack() {
        int[] sentinels = IntStream.range(0, 100).map(i -> 32099 - i).toArray();
        SpanCorruption spans = SpanCorruption.of(sentinels, 1);
        for (int n = 2; n < 400; n++) {
            int[] document = IntStream.range(0, n).map(i -> 1000 + i).toArray();
            SpanCorruption.Pair pair = spans.corrupt(document, 5, n, 0);
            int noise = Math.clamp(Math.round(0.15 * n), 1, n - 1);
            int count = Math.max(1, (int) Math.round(noise / 3.0));
            assertEquals(n - noise + count + 1, pair.inputs().length);
            assertEquals(noise + count + 1, pair.targets().length);
            assertEquals(1, pair.inputs()[pair.inputs().length - 1]);
            assertEquals(1, pair.targets()[pair.targets().length - 1]);
            assertTrue(pair.inputs()[0] < 32000); // the first stretch stays
            assertArrayEquals(document, restored(pair, sentinels));
        }
    }

    /** The document out of inputs and targets. */
    private static int[] restored(SpanCorruption.Pair pair, int[] sentinels) {
        List<Integer> out = new ArrayList<>();
        int next = 0;
        int target = 0;
        for (int i = 0; i < pair.inputs().length - 1; i++) {
            if (next < sentinels.length && pair.inputs()[i] == sentinels[next]) {
                assertEquals(sentinels[next++], pair.targets()[target++]);
                int length = 0;
                while (pair.targets()[target] >= 1000 && pair.targets()[target] < 32000) {
                    out.add(pair.targets()[target++]);
                    length++;
                }
                assertTrue(length > 0);
            } else {
                out.add(pair.inputs()[i]);
            }
        }
        assertEquals(pair.targets().length - 1, target);
        return out.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void spansFollowFromSeedStepAndIndex() {
        SpanCorruption spans = SpanCorruption.of(new int[] {9, 8, 7}, -1);
        int[] document = IntStream.range(100, 400).toArray();
        SpanCorruption.Pair pair = spans.corrupt(document, 5, 1, 0);
        assertEquals(pair, spans.corrupt(document, 5, 1, 0));
        assertNotEquals(pair, spans.corrupt(document, 5, 2, 0));
        assertNotEquals(pair, spans.corrupt(document, 5, 1, 1));
        assertNotEquals(pair, spans.corrupt(document, 6, 1, 0));
        // three sentinels make three spans of 45 tokens
        assertEquals(300 - 45 + 3, pair.inputs().length);
        assertEquals(48, pair.targets().length);
        // an end of text counts as none, and comes once
        SpanCorruption ended = SpanCorruption.of(new int[] {9}, 1);
        SpanCorruption.Pair two = ended.corrupt(new int[] {50, 51, 1}, 0, 0, 0);
        assertArrayEquals(new int[] {50, 9, 1}, two.inputs());
        assertArrayEquals(new int[] {9, 51, 1}, two.targets());
        assertThrows(IllegalArgumentException.class, () -> ended.corrupt(new int[] {50, 1}, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> SpanCorruption.of(new int[0], 1));
    }

    @Test
    void spanLengthsAreUniformOverCompositions() {
        // 2 spans of together 4 taken out of 27: lengths 1+3, 2+2, 3+1 are as likely as one another
        SpanCorruption spans = new SpanCorruption(new int[] {9, 8}, -1, 0.15, 2);
        int[] counts = new int[4];
        int[] document = IntStream.range(100, 127).toArray();
        for (int step = 0; step < 6000; step++) {
            int[] targets = spans.corrupt(document, 3, step, 0).targets();
            counts[
                    IntStream.range(0, targets.length)
                                    .filter(i -> targets[i] == 8)
                                    .findFirst()
                                    .orElseThrow()
                            - 1]++;
        }
        assertEquals(6000, Arrays.stream(counts).sum());
        for (int length = 1; length <= 3; length++) {
            assertEquals(2000, counts[length], 200);
        }
    }
}
