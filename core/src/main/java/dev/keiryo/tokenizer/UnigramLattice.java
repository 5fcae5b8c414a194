package dev.keiryo.tokenizer;

import java.util.Arrays;

/**
 * All segmentations of one word into pieces of a unigram model, for its training: expected counts by the
 * forward-backward algorithm, and best paths. Its buffers are reused from word to word; one thread at a time.
 */
final class UnigramLattice {
    /** Stands for a character that no piece covers. */
    static final int UNKNOWN = -1;

    private static final double UNKNOWN_PENALTY = 10;

    private final PieceTrie trie;
    private final double[] scores;
    private final double unknownScore;

    private int length;
    private int arcs;
    private int[] start = new int[64];
    private int[] end = new int[64];
    private int[] piece = new int[64];
    private double[] score = new double[64];
    private double[] alpha = new double[64];
    private double[] beta = new double[64];
    private int[] arcTo = new int[64];

    UnigramLattice(PieceTrie trie, double[] scores) {
        this.trie = trie;
        this.scores = scores;
        unknownScore = Arrays.stream(scores).min().orElse(0) - UNKNOWN_PENALTY;
    }

    /** Lays out {@code word}: one arc for each occurrence of a piece, by start and length. */
    void set(String word) {
        length = word.length();
        arcs = 0;
        if (alpha.length <= length) {
            alpha = new double[2 * length];
            beta = new double[2 * length];
            arcTo = new int[2 * length];
        }
        for (int i = 0; i < length; ) {
            int next = i + Character.charCount(word.codePointAt(i));
            boolean covered = false;
            int node = PieceTrie.ROOT;
            for (int j = i; j < length; ) {
                node = trie.child(node, word.charAt(j++));
                if (node == PieceTrie.NONE) {
                    break;
                }
                int id = trie.value(node);
                if (id != PieceTrie.NONE) {
                    covered |= j == next;
                    arc(i, j, id, scores[id]);
                }
            }
            if (!covered) {
                arc(i, next, UNKNOWN, unknownScore);
            }
            i = next;
        }
    }

    private void arc(int from, int to, int id, double logProbability) {
        if (arcs == start.length) {
            start = Arrays.copyOf(start, 2 * arcs);
            end = Arrays.copyOf(end, 2 * arcs);
            piece = Arrays.copyOf(piece, 2 * arcs);
            score = Arrays.copyOf(score, 2 * arcs);
        }
        start[arcs] = from;
        end[arcs] = to;
        piece[arcs] = id;
        score[arcs++] = logProbability;
    }

    /** Receives a piece's posterior probability of being at one place of the word. */
    @FunctionalInterface
    interface Posterior {
        void add(int piece, double probability);
    }

    /** The word's log-probability, summed over all segmentations; {@code out} gets every arc's posterior. */
    double expect(Posterior out) {
        Arrays.fill(alpha, 0, length + 1, Double.NEGATIVE_INFINITY);
        Arrays.fill(beta, 0, length + 1, Double.NEGATIVE_INFINITY);
        alpha[0] = 0;
        beta[length] = 0;
        for (int a = 0; a < arcs; a++) {
            alpha[end[a]] = logAdd(alpha[end[a]], alpha[start[a]] + score[a]);
        }
        for (int a = arcs - 1; a >= 0; a--) {
            beta[start[a]] = logAdd(beta[start[a]], beta[end[a]] + score[a]);
        }
        double total = alpha[length];
        for (int a = 0; a < arcs; a++) {
            if (piece[a] != UNKNOWN) {
                out.add(piece[a], Math.exp(alpha[start[a]] + score[a] + beta[end[a]] - total));
            }
        }
        return total;
    }

    private static double logAdd(double a, double b) {
        double greater = Math.max(a, b);
        double difference = Math.min(a, b) - greater;
        return difference < -40 || Double.isNaN(difference) ? greater : greater + Math.log1p(Math.exp(difference));
    }

    /**
     * The pieces of the best segmentation, last first; empty where there is none.
     *
     * @param whole whether the word as one piece counts as a segmentation
     */
    int[] best(boolean whole) {
        Arrays.fill(alpha, 0, length + 1, Double.NEGATIVE_INFINITY);
        alpha[0] = 0;
        for (int a = 0; a < arcs; a++) {
            double sum = alpha[start[a]] + score[a];
            if (sum > alpha[end[a]] && (whole || end[a] - start[a] < length)) {
                alpha[end[a]] = sum;
                arcTo[end[a]] = a;
            }
        }
        IntSequence path = new IntSequence();
        if (alpha[length] > Double.NEGATIVE_INFINITY) {
            for (int at = length; at > 0; at = start[arcTo[at]]) {
                path.add(piece[arcTo[at]]);
            }
        }
        return path.toArray();
    }
}
