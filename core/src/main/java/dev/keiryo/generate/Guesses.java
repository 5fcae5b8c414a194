package dev.keiryo.generate;

import java.util.Arrays;

/**
 * What may follow a text: one or more branches, each a run of tokens, the likeliest first. Reused from step to step.
 * Branches may begin alike; each is checked as a whole.
 */
public final class Guesses {
    private final int width;
    private final int[][] tokens;
    private final int[] lengths;
    private int branches;

    /**
     * @param width most branches
     * @param most most tokens of a branch
     */
    public Guesses(int width, int most) {
        this.width = width;
        this.tokens = new int[width][most];
        this.lengths = new int[width];
    }

    /** Most branches that there can be. */
    public int width() {
        return width;
    }

    /** Branches so far. */
    public int branches() {
        return branches;
    }

    /** Tokens of all branches. */
    public int size() {
        int size = 0;
        for (int b = 0; b < branches; b++) {
            size += lengths[b];
        }
        return size;
    }

    /** Tokens of the longest branch. */
    public int depth() {
        int depth = 0;
        for (int b = 0; b < branches; b++) {
            depth = Math.max(depth, lengths[b]);
        }
        return depth;
    }

    /** Tokens of branch {@code b}. */
    public int length(int b) {
        return lengths[b];
    }

    /** Token {@code i} of branch {@code b}. */
    public int token(int b, int i) {
        return tokens[b][i];
    }

    public void clear() {
        branches = 0;
        Arrays.fill(lengths, 0);
    }

    /** Begins another branch and gives its number; -1 where there are {@link #width} already. */
    public int branch() {
        return branches == width ? -1 : branches++;
    }

    /** Appends {@code token} to branch {@code b}; what goes beyond the longest is left out. */
    public void add(int b, int token) {
        if (lengths[b] < tokens[b].length) {
            tokens[b][lengths[b]++] = token;
        }
    }

    /** Ends each branch before the first token that is none of {@code vocabulary}: a draft model may have more. */
    void limit(int vocabulary) {
        for (int b = 0; b < branches; b++) {
            int n = 0;
            while (n < lengths[b] && tokens[b][n] >= 0 && tokens[b][n] < vocabulary) {
                n++;
            }
            lengths[b] = n;
        }
    }

    /**
     * A branch that goes on as branch {@code like} does for {@code depth} tokens, and then with {@code token}: {@code like}
     * itself where it does. -1 for none.
     */
    int continuing(int like, int depth, int token) {
        for (int i = 0; i < branches; i++) {
            int b = i == 0 ? like : i <= like ? i - 1 : i;
            if (lengths[b] > depth
                    && tokens[b][depth] == token
                    && Arrays.equals(tokens[b], 0, depth, tokens[like], 0, depth)) {
                return b;
            }
        }
        return -1;
    }

    /** Whether a branch begins with {@code token}. */
    boolean beginsWith(int token) {
        for (int b = 0; b < branches; b++) {
            if (lengths[b] > 0 && tokens[b][0] == token) {
                return true;
            }
        }
        return false;
    }
}
