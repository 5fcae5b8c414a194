package dev.keiryo.calibrate;

import dev.keiryo.kernel.Workers;
import java.util.Arrays;

/**
 * The upper triangular factor U, with a positive diagonal, of an inverse: {@code (H + λ·I)⁻¹ = Uᵀ·U}. With
 * {@code H + λ·I = R·Rᵀ}, R upper triangular, it is {@code R⁻¹}: one factorization and one triangular inverse, in double
 * precision, each number by one fixed order of sums.
 */
public final class InverseFactor {
    /** Columns that are computed together. */
    private static final int TILE = 64;

    private InverseFactor() {}

    /**
     * @param h {@code [n, n]}, symmetric and positive semidefinite; only its upper half is read. Overwritten
     * @param lambda added to the diagonal
     * @return U {@code [n, n]}, zeros below the diagonal
     * @throws ArithmeticException where {@code H + λ·I} is not positive definite
     */
    public static float[] of(double[] h, int n, double lambda, Workers workers) {
        for (int i = 0; i < n; i++) {
            h[i * n + i] += lambda;
        }
        for (int end = n; end > 0; end -= TILE) {
            factorTile(h, n, Math.max(0, end - TILE), end, workers);
        }
        float[] inverse = new float[n * n];
        // The first columns take the least work.
        workers.run(Math.ceilDiv(n, TILE), 1, (from, to, worker) -> {
            for (int tile = from; tile < to; tile++) {
                invertTile(h, inverse, n, tile * TILE, Math.min(n, (tile + 1) * TILE));
            }
        });
        return inverse;
    }

    /** {@code R[i,j] = (H[i,j] - Σ_{k>j} R[i,k]·R[j,k]) / R[j,j]} for j in {@code [from, to)} and all i up to j; right columns are done. */
    private static void factorTile(double[] h, int n, int from, int to, Workers workers) {
        int done = n - to;
        // Right of the tile, its own rows as columns: [done, TILE].
        double[] right = new double[done * TILE];
        for (int j = from; j < to; j++) {
            for (int k = 0; k < done; k++) {
                right[k * TILE + j - from] = h[j * n + to + k];
            }
        }
        workers.run(to, 8, (first, last, worker) -> {
            double[] sums = new double[TILE];
            for (int i = first; i < last; i++) {
                load(h, i * n + from, sums, to - from);
                for (int k = 0; k < done; k++) {
                    subtract(sums, h[i * n + to + k], right, k * TILE);
                }
                System.arraycopy(sums, 0, h, i * n + from, to - from);
            }
        });
        for (int j = to - 1; j >= from; j--) {
            double pivot = h[j * n + j];
            for (int k = j + 1; k < to; k++) {
                pivot -= h[j * n + k] * h[j * n + k];
            }
            if (!(pivot > 0)) {
                throw new ArithmeticException("pivot " + pivot + " in column " + j);
            }
            double root = Math.sqrt(pivot);
            for (int i = 0; i < j; i++) {
                double sum = h[i * n + j];
                for (int k = j + 1; k < to; k++) {
                    sum -= h[i * n + k] * h[j * n + k];
                }
                h[i * n + j] = sum / root;
            }
            h[j * n + j] = root;
        }
    }

    /** {@code U[i,j] = ([i=j] - Σ_{k>i} R[i,k]·U[k,j]) / R[i,i]} for j in {@code [from, to)}, upwards from i = j. */
    private static void invertTile(double[] r, float[] inverse, int n, int from, int to) {
        double[] u = new double[to * TILE];
        double[] sums = new double[TILE];
        for (int i = to - 1; i >= 0; i--) {
            Arrays.fill(sums, 0);
            if (i >= from) {
                sums[i - from] = 1;
            }
            for (int k = i + 1; k < to; k++) {
                subtract(sums, r[i * n + k], u, k * TILE);
            }
            double pivot = r[i * n + i];
            for (int j = 0; j < to - from; j++) {
                u[i * TILE + j] = sums[j] / pivot;
                inverse[i * n + from + j] = (float) u[i * TILE + j];
            }
        }
    }

    private static void load(double[] from, int at, double[] sums, int count) {
        System.arraycopy(from, at, sums, 0, count);
        Arrays.fill(sums, count, TILE, 0);
    }

    private static void subtract(double[] sums, double factor, double[] x, int at) {
        for (int j = 0; j < TILE; j++) {
            sums[j] -= factor * x[at + j];
        }
    }
}
