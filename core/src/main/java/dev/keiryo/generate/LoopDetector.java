package dev.keiryo.generate;

import java.util.Arrays;

/**
 * Notices a text that goes round in circles: its last tokens are one phrase of {@code p} tokens, again and again. For each
 * period p, {@code run[p]} counts how many tokens up to the last equal the one p before; the phrase has then been said
 * {@code 1 + run[p]/p} times. Takes {@code longest} steps a token.
 */
public final class LoopDetector {
    /**
     * When a text counts as a loop.
     *
     * @param longest tokens of the longest phrase that is looked for; 0: none is
     * @param times how often a phrase must have been said in a row
     * @param least how many tokens the repetitions must make up together, so that {@code 1111} or {@code ----} may be said
     */
    public record Limits(int longest, int times, int least) {
        /** No text counts as a loop. */
        public static final Limits OFF = new Limits(0, 2, 1);
        /** Phrases up to 64 tokens, said four times, 48 tokens or more. */
        public static final Limits DEFAULT = new Limits(64, 4, 48);

        public Limits {
            if (longest < 0 || times < 2 || least < 1) {
                throw new IllegalArgumentException(
                        "loops of up to %d tokens, %d times, %d tokens: expected at least 0, 2 and 1"
                                .formatted(longest, times, least));
            }
        }
    }

    private final Limits limits;
    /** The last tokens, a ring. */
    private final int[] last;

    private final int[] run;
    private int count;

    public LoopDetector(Limits limits) {
        this.limits = limits;
        this.last = new int[limits.longest + 1];
        this.run = new int[limits.longest + 1];
    }

    /** Takes the next token, and says whether the text now counts as a loop. */
    public boolean accept(int token) {
        boolean loop = false;
        int at = count % last.length;
        for (int p = 1; p <= Math.min(limits.longest, count); p++) {
            boolean same = last[(at - p + last.length) % last.length] == token;
            run[p] = same ? run[p] + 1 : 0;
            loop |= run[p] >= p * (limits.times - 1) && run[p] + p >= limits.least;
        }
        last[at] = token;
        count++;
        return loop;
    }

    /** Forgets all tokens. */
    public void reset() {
        Arrays.fill(run, 0);
        count = 0;
    }
}
