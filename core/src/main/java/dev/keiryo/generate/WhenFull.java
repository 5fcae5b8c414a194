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
        return count;
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
