package dev.keiryo.generate;

import dev.keiryo.cache.AttentionMass;
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
         * Of those that are not recent, the few that have received least attention, all heads and layers together. Zhang et al.
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

    /** To be called once, while the sequence is empty. */
    public void begin(Sequence sequence) {
        if (policy == Policy.H2O) {
            sequence.cache().observeAttention();
        }
        if (goesOn() && keep > sequence.capacity() / 2) {
            throw new IllegalArgumentException("keeping " + keep + " tokens of a context of " + sequence.capacity()
                    + " leaves too little to go on with; keep at most half, or ask for a larger one with --ctx");
        }
    }

    /** Most tokens that {@link #makeRoom} makes room for. */
    int most(Sequence sequence) {
        return Math.max(1, sequence.capacity() / 4);
    }

    /**
     * Forgets so many tokens that {@code tokens} more fit.
     *
     * @throws IllegalArgumentException where the model's keys cannot be moved
     */
    public void makeRoom(Sequence sequence, int tokens) {
        int length = sequence.length();
        int needed = length + tokens - sequence.capacity();
        if (needed <= 0 || !goesOn()) {
            return;
        }
        int few = Math.max(1, Math.min(KvCache.PAGE, sequence.capacity() / 8));
        int least = Math.min(length - keep, policy == Policy.SHIFT ? (length - keep) / 2 : few);
        int count = Math.max(needed, least);
        boolean[] forgotten = new boolean[length];
        if (policy == Policy.H2O) {
            forgetLightest(sequence, count, forgotten);
        } else {
            Arrays.fill(forgotten, keep, keep + count, true);
        }
        int[] kept = new int[length - count];
        int n = 0;
        for (int p = 0; p < length; p++) {
            if (!forgotten[p]) {
                kept[n++] = p;
            }
        }
        sequence.retain(kept);
    }

    /** Half of the context is recent, unless more has to go. */
    private void forgetLightest(Sequence sequence, int count, boolean[] forgotten) {
        AttentionMass mass = sequence.cache().mass();
        int end = Math.max(keep + count, sequence.length() - sequence.capacity() / 2);
        long[] weights = new long[end - keep];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = mass == null ? i : mass.at(keep + i);
        }
        long[] sorted = weights.clone();
        Arrays.sort(sorted);
        long threshold = sorted[count - 1];
        int left = count;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] < threshold) {
                forgotten[keep + i] = true;
                left--;
            }
        }
        for (int i = 0; left > 0; i++) {
            if (weights[i] == threshold) {
                forgotten[keep + i] = true;
                left--;
            }
        }
    }
}
