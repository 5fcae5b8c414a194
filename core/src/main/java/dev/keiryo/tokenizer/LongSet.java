package dev.keiryo.tokenizer;

import java.util.Arrays;
import java.util.Collection;

/** A fixed set of nonnegative numbers: a hash table with open addressing. */
final class LongSet {
    private static final long EMPTY = -1;

    private final long[] slots;
    private final int shift;

    LongSet(Collection<Long> items) {
        int bits = Math.max(4, 34 - Integer.numberOfLeadingZeros(Math.max(1, items.size())));
        slots = new long[1 << bits];
        Arrays.fill(slots, EMPTY);
        shift = 64 - bits;
        for (long item : items) {
            slots[slot(item)] = item;
        }
    }

    boolean contains(long item) {
        return slots[slot(item)] == item;
    }

    private int slot(long item) {
        int slot = (int) ((item * 0x9E3779B97F4A7C15L) >>> shift);
        while (slots[slot] != EMPTY && slots[slot] != item) {
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }
}
