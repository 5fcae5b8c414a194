package dev.keiryo.calibrate;

import dev.keiryo.kernel.Workers;
import dev.keiryo.quantize.FixedScales;
import java.util.Arrays;
import java.util.Comparator;

/**
 * GPTQ: weights are rounded column by column, and those not yet rounded make up for each error in the sense of least squares over the
 * inputs X: {@code e = (w_j - q_j) / U[j,j]}, then {@code w_k -= e·U[j,k]} for all k &gt; j, with {@code (XᵀX + λ·I)⁻¹ = Uᵀ·U}.
 * Scales are chosen beforehand, errors being weighed by the diagonal of {@code XᵀX}, so that columns may come in any order: that of
 * falling {@code (XᵀX)_jj} ("act-order"), or their own.
 *
 * <p>Frantar et al. 2022, "GPTQ: accurate post-training quantization for generative pre-trained transformers", arXiv:2210.17323,
 * algorithm 1.
 */
final class Gptq {
    /** Columns after which those to the right are updated, and rows that are updated together. */
    private static final int BLOCK = 128;

    private static final int ROWS = 16;

    private Gptq() {}

    /**
     * Rounds {@code w [rows, cols]} in place and leaves the codes in {@code scales}.
     *
     * @param gram {@code XᵀX [cols, cols]}, up to a factor; overwritten
     * @param damping λ as a part of the diagonal's mean
     */
    static void round(
            float[] w,
            int rows,
            int cols,
            double[] gram,
            double damping,
            boolean actOrder,
            FixedScales scales,
            Workers workers) {
        float[] importance = importance(gram, cols);
        scales.fit(w, rows, cols, importance);
        Integer[] order = new Integer[cols];
        Arrays.setAll(order, j -> j);
        if (actOrder) {
            double[] diagonal = new double[cols];
            Arrays.setAll(diagonal, j -> gram[j * cols + j]);
            Arrays.sort(order, Comparator.comparingDouble(j -> -diagonal[j]));
        }
        int[] places = Arrays.stream(order).mapToInt(Integer::intValue).toArray();
        float[] u = InverseFactor.of(damped(gram, cols, places, damping), cols, 0, workers);
        workers.run(Math.ceilDiv(rows, ROWS), 1, (from, to, worker) -> {
            float[] tile = new float[ROWS * cols];
            float[] errors = new float[ROWS * BLOCK];
            for (int t = from; t < to; t++) {
                roundRows(w, t * ROWS, Math.min(rows, (t + 1) * ROWS), cols, places, u, tile, errors, scales);
            }
        });
    }

    /** The diagonal, none of it 0: what the text did not use is not free to become anything. */
    static float[] importance(double[] gram, int cols) {
        double trace = 0;
        for (int j = 0; j < cols; j++) {
            trace += gram[j * cols + j];
        }
        float[] importance = new float[cols];
        for (int j = 0; j < cols; j++) {
            importance[j] = trace == 0 ? 1 : (float) Math.max(gram[j * cols + j] * cols / trace, 1e-4);
        }
        return importance;
    }

    /** {@code XᵀX + λ·I} with columns in the order {@code places}. */
    private static double[] damped(double[] gram, int cols, int[] places, double damping) {
        double trace = 0;
        for (int j = 0; j < cols; j++) {
            trace += gram[j * cols + j];
        }
        double lambda = trace == 0 ? 1 : damping * trace / cols;
        double[] h = new double[cols * cols];
        for (int i = 0; i < cols; i++) {
            for (int j = 0; j < cols; j++) {
                h[i * cols + j] = gram[places[i] * cols + places[j]];
            }
            h[i * cols + i] += lambda;
        }
        return h;
    }

    private static void roundRows(
            float[] w,
            int first,
            int end,
            int cols,
            int[] places,
            float[] u,
            float[] tile,
            float[] errors,
            FixedScales scales) {
        for (int r = first; r < end; r++) {
            for (int j = 0; j < cols; j++) {
                tile[(r - first) * cols + j] = w[r * cols + places[j]];
            }
        }
        for (int from = 0; from < cols; from += BLOCK) {
            int to = Math.min(cols, from + BLOCK);
            for (int r = first; r < end; r++) {
                int row = (r - first) * cols;
                for (int j = from; j < to; j++) {
                    float v = tile[row + j];
                    float q = scales.round(r, places[j], v);
                    float e = (v - q) / u[j * cols + j];
                    errors[(r - first) * BLOCK + j - from] = e;
                    w[r * cols + places[j]] = q;
                    subtract(tile, row, e, u, j * cols, j + 1, to);
                }
            }
            for (int j = from; j < to; j++) {
                for (int r = first; r < end; r++) {
                    subtract(tile, (r - first) * cols, errors[(r - first) * BLOCK + j - from], u, j * cols, to, cols);
                }
            }
        }
    }

    private static void subtract(float[] w, int row, float e, float[] u, int line, int from, int to) {
        for (int k = from; k < to; k++) {
            w[row + k] -= e * u[line + k];
        }
    }
}
