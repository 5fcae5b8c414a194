package dev.keiryo.cache;

import java.util.Arrays;

/**
 * How much attention each position of a sequence has received so far: the sum of all weights that heads of all slots gave it, in
 * units of 2⁻³². Whole numbers, so that the sum does not depend on the order in which threads add. Zhang et al. 2023 (H2O),
 * arXiv:2306.14048. Thread-safe.
 */
public final class AttentionMass {
    private long[] sums = new long[256];

    /** A weight in units of 2⁻³². */
    public static long units(double weight) {
        return (long) (weight * 0x1p32);
    }

    /** Adds the first {@code count} numbers of {@code units} to the positions from {@code position} on. */
    public synchronized void add(int position, long[] units, int count) {
        if (position + count > sums.length) {
            sums = Arrays.copyOf(sums, Math.max(position + count, 2 * sums.length));
        }
        for (int i = 0; i < count; i++) {
            sums[position + i] += units[i];
        }
    }

    /** In units of 2⁻³². */
    public synchronized long at(int position) {
        return position < sums.length ? sums[position] : 0;
    }

    synchronized void truncate(int length) {
        if (length < sums.length) {
            Arrays.fill(sums, length, sums.length, 0);
        }
    }

    synchronized void retain(int[] kept) {
        for (int i = 0; i < kept.length; i++) {
            sums[i] = at(kept[i]);
        }
        truncate(kept.length);
    }

    synchronized AttentionMass copy() {
        AttentionMass copy = new AttentionMass();
        copy.sums = sums.clone();
        return copy;
    }
}
