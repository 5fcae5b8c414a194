package dev.keiryo.generate;

import dev.keiryo.cache.AttentionMass;
import dev.keiryo.cache.CacheSlot;
import dev.keiryo.cache.KvCache;
import dev.keiryo.engine.Sequence;
import java.util.Arrays;

/**
 * What happens when a text has filled its context. All but {@link Policy#STOP} forget some of its tokens, move the others up,
 * and go on, for ever in the same memory.
 *
 * @param keep tokens at the beginning that are never forgotten
 */
public record WhenFull(Policy policy, int keep) {
    /** The text ends. */
    public static final WhenFull STOP = new WhenFull(Policy.STOP, 0);

    /** Which tokens are forgotten. */
    public enum Policy {
        /** None: the text ends. */
        STOP,
        /** Half of those that may be, the oldest, as llama.cpp's context shift does. */
        SHIFT,
        /** The oldest few: attention sinks and a window of recent tokens. Xiao et al. 2023, arXiv:2309.17453. */
        SINKS,
        /**
         * Of those that are not recent, the few that have received least attention: others in each key/value head. Zhang et al.
         * 2023, arXiv:2306.14048.
         */
        H2O
    }

    public WhenFull {
        if (keep < 0) {
            throw new IllegalArgumentException("the number of tokens to keep should be at least 0, but is " + keep);
        }
    }

    /** Whether texts may grow beyond their context. */
    public boolean goesOn() {
        return policy != Policy.STOP;
    }

    /**
     * To be called once, while the sequence is empty.
     *
     * @throws IllegalArgumentException where the model's keys cannot be moved, or too much is to be kept
     */
    public void begin(Sequence sequence) {
        if (!goesOn()) {
            return;
        }
        sequence.requireMovable();
        if (policy == Policy.H2O) {
            sequence.cache().observeAttention();
        }
        if (keep > sequence.capacity() / 2) {
            throw new IllegalArgumentException("keeping " + keep + " tokens of a context of " + sequence.capacity()
                    + " leaves too little to go on with; keep at most half, or ask for a larger one with --ctx");
        }
    }

    /**
     * Forgets some tokens where not one more fits. As that happens at one length only, whatever follows is the same to the
     * bit however many tokens are processed at a time.
     *
     * @param coming tokens that are known to follow: up to a quarter of the context is made free for them
     * @return how many fit now; 0 where the text has to end
     * @throws IllegalArgumentException where a sliding window would see what is held no more
     */
    public int makeRoom(Sequence sequence, int coming) {
        int length = sequence.length();
        int capacity = sequence.capacity();
        if (length < capacity || !goesOn()) {
            return capacity - length;
        }
        int few = Math.min(KvCache.PAGE, capacity / 8);
        int least = policy == Policy.SHIFT ? (length - keep) / 2 : few;
        int count = Math.max(1, Math.max(least, Math.min(coming, capacity / 4)));
        if (policy == Policy.H2O) {
            sequence.retain(heaviest(sequence, count));
        } else {
            sequence.retain(newest(length, count));
        }
        return count;
    }

    /** All but the oldest {@code count} of those that may be forgotten. */
    private int[] newest(int length, int count) {
        int[] kept = new int[length - count];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = i < keep ? i : i + count;
        }
        return kept;
    }

    /** Of each head, all but the {@code count} lightest of the older half; where there is a window, the newest. */
    private int[][][] heaviest(Sequence sequence, int count) {
        int length = sequence.length();
        int[][][] kept = new int[sequence.cache().slots()][][];
        for (int i = 0; i < kept.length; i++) {
            CacheSlot slot = sequence.cache().slot(i);
            kept[i] = new int[slot.heads()][];
            AttentionMass mass = sequence.window(i) > 0 ? null : slot.mass();
            for (int h = 0; h < kept[i].length; h++) {
                kept[i][h] = mass == null ? newest(length, count) : heaviest(mass, h, length, count);
            }
        }
        return kept;
    }

    private int[] heaviest(AttentionMass mass, int head, int length, int count) {
        int end = Math.max(keep + count, length - length / 2);
        long[] weights = new long[end - keep];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = mass.at(head, keep + i);
        }
        long[] sorted = weights.clone();
        Arrays.sort(sorted);
        long threshold = sorted[count - 1];
        int equal = count; // of those at the threshold, the oldest go
        for (long weight : weights) {
            equal -= weight < threshold ? 1 : 0;
        }
        int[] kept = new int[length - count];
        int n = 0;
        for (int p = 0; p < length; p++) {
            long weight = p < keep || p >= end ? Long.MAX_VALUE : weights[p - keep];
            boolean forgotten = weight < threshold || (weight == threshold && equal-- > 0);
            if (!forgotten) {
                kept[n++] = p;
            }
        }
        return kept;
    }
}
