package dev.keiryo.cache;

import java.util.Arrays;

/**
 * How much attention each position of a slot has received so far from the query heads of each key/value head: the sum of all
 * weights, in units of 2⁻³². Whole numbers, so that the sum does not depend on the order in which threads add. Zhang et al. 2023
 * (H2O), arXiv:2306.14048. Thread-safe.
 */
public final class AttentionMass {
    private final long[][] sums;
    /** Behind the last position that has received any. */
    private int reached;

    /** @param heads key/value heads */
    AttentionMass(int heads) {
        sums = new long[heads][256];
    }

    /** A weight in units of 2⁻³². */
    public static long units(double weight) {
        return (long) (weight * 0x1p32);
    }

    /** Adds the first {@code count} numbers of {@code units} to the positions of {@code head} from {@code position} on. */
    public synchronized void add(int head, int position, long[] units, int count) {
        if (position + count > sums[head].length) {
            sums[head] = Arrays.copyOf(sums[head], Math.max(position + count, 2 * sums[head].length));
        }
        for (int i = 0; i < count; i++) {
            sums[head][position + i] += units[i];
        }
        reached = Math.max(reached, position + count);
    }

    /** In units of 2⁻³². */
    public synchronized long at(int head, int position) {
        return position < sums[head].length ? sums[head][position] : 0;
    }

    synchronized void truncate(int length) {
        if (length < reached) {
            for (long[] sum : sums) {
                Arrays.fill(sum, Math.min(length, sum.length), Math.min(reached, sum.length), 0);
            }
            reached = length;
        }
    }

    /** @param kept of each head, ascending */
    synchronized void retain(int[][] kept) {
        for (int h = 0; h < sums.length; h++) {
            for (int i = 0; i < Math.min(kept[h].length, sums[h].length); i++) {
                sums[h][i] = at(h, kept[h][i]);
            }
        }
        truncate(kept[0].length);
    }

    synchronized AttentionMass copy() {
        AttentionMass copy = new AttentionMass(sums.length);
        for (int h = 0; h < sums.length; h++) {
            copy.sums[h] = sums[h].clone();
        }
        copy.reached = reached;
        return copy;
    }
}
