package dev.keiryo.prune;

import dev.keiryo.kernel.Workers;
import dev.keiryo.prune.Sparsity.Pattern;
import dev.keiryo.prune.Sparsity.Ratio;

/** Pruning by a score of each weight alone; what is left stays as it is. */
final class Scoring {
    private Scoring() {}

    /**
     * Magnitude: the weights of least {@code |w|} of all the matrix become zero, or of each group of a pattern. Han et al. 2015,
     * arXiv:1506.02626.
     *
     * @param w {@code [rows, cols]}, changed
     */
    static void magnitude(float[] w, int rows, int cols, Sparsity sparsity, Workers workers) {
        float[] scores = new float[rows * cols];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Math.abs(w[i]);
        }
        switch (sparsity) {
            case Ratio ratio -> new Lowest().clear(w, scores, 0, scores.length, ratio.of(scores.length));
            case Pattern pattern -> clearGroups(w, scores, rows, cols, pattern, workers);
        }
    }

    /**
     * Wanda: the weights of least {@code |w[i,j]|·‖x_j‖₂} of each row become zero, or of each group of a pattern. Sun et al.
     * 2023, "A simple and effective pruning approach for large language models", arXiv:2306.11695.
     *
     * @param w {@code [rows, cols]}, changed
     * @param squares {@code ‖x_j‖₂²} of each column's input, up to a factor
     */
    static void wanda(float[] w, int rows, int cols, Sparsity sparsity, double[] squares, Workers workers) {
        float[] norms = new float[cols];
        for (int j = 0; j < cols; j++) {
            norms[j] = (float) Math.sqrt(squares[j]);
        }
        float[] scores = new float[rows * cols];
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Math.abs(w[i]) * norms[i % cols];
        }
        switch (sparsity) {
            case Ratio ratio ->
                workers.run(rows, 4, (from, to, worker) -> {
                    Lowest lowest = new Lowest();
                    for (int r = from; r < to; r++) {
                        lowest.clear(w, scores, r * cols, cols, ratio.of(cols));
                    }
                });
            case Pattern pattern -> clearGroups(w, scores, rows, cols, pattern, workers);
        }
    }

    private static void clearGroups(float[] w, float[] scores, int rows, int cols, Pattern pattern, Workers workers) {
        workers.run(rows, 4, (from, to, worker) -> {
            Lowest lowest = new Lowest();
            for (int i = from * cols; i < to * cols; i += pattern.of()) {
                lowest.clear(w, scores, i, pattern.of(), pattern.zeros());
            }
        });
    }
}
