package dev.keiryo.generate;

import java.util.Arrays;

/**
 * Finds the greatest of some numbers, in order; of equal ones, the one that comes first. Reused: nothing is allocated once
 * there is room for the longest array. Not thread-safe.
 */
final class Ranking {
    /** Up to so many ranks are selected by a heap; more are sorted. */
    private static final int HEAP = 1024;

    /** By rank: keys that ascend, the number's complement above, its index below. */
    private long[] ranks = {};

    /** Ranks the {@code k} greatest of the first {@code count} of {@code values}, or all where those are fewer. */
    void greatest(float[] values, int count, int k) {
        reserve(values.length);
        if (k > HEAP) {
            for (int i = 0; i < count; i++) {
                ranks[i] = key(values[i], i);
            }
            Arrays.sort(ranks, 0, count);
            return;
        }
        int size = Math.min(k, count);
        for (int i = 0; i < size; i++) {
            ranks[i] = key(values[i], i);
        }
        for (int i = size / 2 - 1; i >= 0; i--) {
            sink(i, size);
        }
        if (size > 0) {
            float worst = values[(int) ranks[0]];
            for (int i = size; i < count; i++) {
                if (values[i] > worst) {
                    ranks[0] = key(values[i], i);
                    sink(0, size);
                    worst = values[(int) ranks[0]];
                }
            }
        }
        Arrays.sort(ranks, 0, size);
    }

    /** Ranks the first {@code n} of {@code length} numbers as they are, in descending order. */
    void asTheyAre(int length, int n) {
        reserve(length);
        for (int i = 0; i < n; i++) {
            ranks[i] = i;
        }
    }

    /** The index of the number of rank {@code r}, 0 for the first. */
    int index(int r) {
        return (int) ranks[r];
    }

    /** Puts the first {@code n} in rank, of {@code ids} and {@code logits}, in front of these arrays; the ranks are gone then. */
    void gather(int[] ids, float[] logits, int n) {
        for (int r = 0; r < n; r++) {
            int i = index(r);
            ranks[r] = (long) ids[i] << 32 | (Float.floatToRawIntBits(logits[i]) & 0xFFFFFFFFL);
        }
        for (int r = 0; r < n; r++) {
            ids[r] = (int) (ranks[r] >>> 32);
            logits[r] = Float.intBitsToFloat((int) ranks[r]);
        }
    }

    private void reserve(int length) {
        if (ranks.length < length) {
            ranks = new long[length];
        }
    }

    private static long key(float value, int index) {
        int bits = Float.floatToRawIntBits(value + 0f); // -0 and 0 are equal
        return (long) ~(bits ^ (bits >> 31 & Integer.MAX_VALUE)) << 32 | index;
    }

    /** Restores the heap, whose root is the last in rank. */
    private void sink(int start, int size) {
        int at = start;
        long key = ranks[at];
        while (2 * at + 1 < size) {
            int child = 2 * at + 1;
            if (child + 1 < size && ranks[child + 1] > ranks[child]) {
                child++;
            }
            if (ranks[child] <= key) {
                break;
            }
            ranks[at] = ranks[child];
            at = child;
        }
        ranks[at] = key;
    }
}
