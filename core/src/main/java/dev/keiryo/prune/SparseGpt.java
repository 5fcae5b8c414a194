package dev.keiryo.prune;

import dev.keiryo.calibrate.InverseFactor;
import dev.keiryo.kernel.Workers;
import dev.keiryo.prune.Sparsity.Pattern;
import dev.keiryo.prune.Sparsity.Ratio;
import java.util.Arrays;

/**
 * SparseGPT: weights become zero column by column, and those to the right make up for it in the sense of least squares over
 * the inputs X: where {@code w_j} is removed, {@code w_k -= w_j·U[j,k] / U[j,j]} for all k &gt; j, with
 * {@code (XᵀX + λ·I)⁻¹ = Uᵀ·U}. Which, is decided by {@code (w_j / U[j,j])²}, the error that removing it leaves: anew for each
 * {@link #BLOCK} of columns over all rows, or for each group of a pattern, with what columns before have left in them. λ is a
 * hundredth of the diagonal's mean. A column whose input is always zero becomes zero.
 *
 * <p>Frantar and Alistarh 2023, "SparseGPT: massive language models can be accurately pruned in one-shot", arXiv:2301.00774,
 * algorithm 1.
 */
final class SparseGpt {
    /** Columns for which weights are chosen together, and after which those to the right are updated. */
    static final int BLOCK = 128;

    private static final double DAMPING = 0.01;

    /** Columns that a row is updated by at a time: what is read stays in the second-level cache. */
    private static final int STRETCH = 1024;

    private final float[] w;
    private final int rows;
    private final int cols;
    private final float[] u;
    private final Workers workers;

    private SparseGpt(float[] w, int rows, int cols, float[] u, Workers workers) {
        this.w = w;
        this.rows = rows;
        this.cols = cols;
        this.u = u;
        this.workers = workers;
    }

    /**
     * Prunes {@code w [rows, cols]} in place.
     *
     * @param gram {@code XᵀX [cols, cols]}, up to a factor; overwritten
     * @throws ArithmeticException where {@code gram} is no such matrix
     */
    static void prune(float[] w, int rows, int cols, Sparsity sparsity, double[] gram, Workers workers) {
        double trace = 0;
        for (int j = 0; j < cols; j++) {
            trace += gram[j * cols + j];
            if (gram[j * cols + j] == 0) {
                gram[j * cols + j] = 1;
                for (int r = 0; r < rows; r++) {
                    w[r * cols + j] = 0;
                }
            }
        }
        double lambda = DAMPING * (trace > 0 ? trace / cols : 1);
        float[] u = InverseFactor.of(gram, cols, lambda, workers);
        SparseGpt matrix = new SparseGpt(w, rows, cols, u, workers);
        for (int from = 0; from < cols; from += BLOCK - BLOCK % matrix.group(sparsity)) {
            int to = Math.min(cols, from + BLOCK - BLOCK % matrix.group(sparsity));
            matrix.pruneBlock(from, to, sparsity);
        }
    }

    private int group(Sparsity sparsity) {
        return sparsity instanceof Pattern p ? p.of() : 1;
    }

    private void pruneBlock(int from, int to, Sparsity sparsity) {
        int width = to - from;
        float[] errors = new float[rows * width];
        switch (sparsity) {
            case Pattern pattern ->
                workers.run(rows, 4, (first, last, worker) -> {
                    Lowest lowest = new Lowest();
                    for (int r = first; r < last; r++) {
                        removeByGroups(r, from, to, pattern, errors, lowest);
                    }
                });
            case Ratio ratio -> {
                boolean[] removed = chosen(from, to, ratio.of(rows * width));
                workers.run(rows, 4, (first, last, worker) -> {
                    for (int r = first; r < last; r++) {
                        for (int j = from; j < to; j++) {
                            if (removed[r * width + j - from]) {
                                errors[r * width + j - from] = remove(r, j, to);
                            }
                        }
                    }
                });
            }
        }
        workers.run(rows, 4, (first, last, worker) -> {
            for (int start = to; start < cols; start += STRETCH) {
                for (int r = first; r < last; r++) {
                    update(r, from, width, errors, start, Math.min(cols, start + STRETCH));
                }
            }
        });
    }

    /** Those weights of the block whose removal costs least. */
    private boolean[] chosen(int from, int to, int count) {
        int width = to - from;
        float[] scores = new float[rows * width];
        float[] marks = new float[rows * width];
        for (int r = 0; r < rows; r++) {
            for (int j = from; j < to; j++) {
                scores[r * width + j - from] = score(r, j);
            }
        }
        Arrays.fill(marks, 1);
        new Lowest().clear(marks, scores, 0, scores.length, count);
        boolean[] chosen = new boolean[marks.length];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = marks[i] == 0;
        }
        return chosen;
    }

    private void removeByGroups(int r, int from, int to, Pattern pattern, float[] errors, Lowest lowest) {
        float[] scores = new float[pattern.of()];
        float[] marks = new float[pattern.of()];
        for (int start = from; start < to; start += pattern.of()) {
            for (int j = 0; j < pattern.of(); j++) {
                scores[j] = score(r, start + j);
            }
            Arrays.fill(marks, 1);
            lowest.clear(marks, scores, 0, pattern.of(), pattern.zeros());
            for (int j = start; j < start + pattern.of(); j++) {
                if (marks[j - start] == 0) {
                    errors[r * (to - from) + j - from] = remove(r, j, to);
                }
            }
        }
    }

    private float score(int r, int j) {
        float s = w[r * cols + j] / u[j * cols + j];
        return s * s;
    }

    /** Sets a weight to zero, lets those up to column {@code end} make up for it, and gives what the others are still to. */
    private float remove(int r, int j, int end) {
        float error = w[r * cols + j] / u[j * cols + j];
        w[r * cols + j] = 0;
        subtract(error, j, r * cols, j + 1, end);
        return error;
    }

    private void update(int r, int from, int width, float[] errors, int start, int end) {
        for (int j = 0; j < width; j++) {
            float error = errors[r * width + j];
            if (error != 0) {
                subtract(error, from + j, r * cols, start, end);
            }
        }
    }

    private void subtract(float error, int j, int row, int start, int end) {
        for (int k = start; k < end; k++) {
            w[row + k] -= error * u[j * cols + k];
        }
    }
}
