package dev.keiryo.tokenizer;

import java.util.Arrays;

/**
 * Which two symbols may merge, how early, and into what: a hash table of pairs with open addressing. Filled once, then
 * only read.
 */
final class MergeTable {
    /** The rank of pairs that never merge; larger than any other. */
    static final int NEVER = Integer.MAX_VALUE;

    private static final long EMPTY = -1;

    private long[] keys;
    private int[] values;
    private int size;
    private int shift;

    MergeTable(int expected) {
        allocate(Math.max(4, 33 - Integer.numberOfLeadingZeros(Math.max(1, expected) - 1)));
    }

    private void allocate(int bits) {
        keys = new long[1 << bits];
        Arrays.fill(keys, EMPTY);
        values = new int[2 << bits];
        shift = 64 - bits;
    }

    /** {@code left} and {@code right} become {@code merged}; pairs of lower rank go first. A later entry wins. */
    void put(int left, int right, int rank, int merged) {
        if (2 * (size + 1) > keys.length) {
            grow();
        }
        long key = key(left, right);
        int slot = slot(key);
        if (keys[slot] == EMPTY) {
            size++;
        }
        keys[slot] = key;
        values[2 * slot] = rank;
        values[2 * slot + 1] = merged;
    }

    /** Where the pair is, or -1. */
    int find(int left, int right) {
        long key = key(left, right);
        int slot = slot(key);
        return keys[slot] == key ? slot : -1;
    }

    /** The rank of what {@link #find} gave. */
    int rank(int slot) {
        return slot < 0 ? NEVER : values[2 * slot];
    }

    /** The outcome of what {@link #find} gave. */
    int merged(int slot) {
        return values[2 * slot + 1];
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    private int slot(long key) {
        int mask = keys.length - 1;
        int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> shift);
        while (keys[slot] != EMPTY && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldValues = values;
        allocate(65 - shift);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != EMPTY) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                values[2 * slot] = oldValues[2 * i];
                values[2 * slot + 1] = oldValues[2 * i + 1];
            }
        }
    }
}
