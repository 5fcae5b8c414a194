package dev.keiryo.calibrate;

import dev.keiryo.kernel.Workers;

/**
 * The upper triangular factor U of an inverse, {@code H⁻¹ = Uᵀ·U}, positive on its diagonal. With {@code H = R·Rᵀ}, R upper triangular
 * (Cholesky's factor from the last column on), it is {@code R⁻¹}. In double precision.
 */
final class Factor {
    private Factor() {}

    /**
     * @param h {@code [n, n]}, symmetric and positive definite; overwritten
     * @return U {@code [n, n]}, zeros below the diagonal
     * @throws ArithmeticException where it is not positive definite
     */
    static float[] ofInverse(double[] h, int n, Workers workers) {
        // R[i,j] = (H[i,j] - Σ_{k>j} R[i,k]·R[j,k]) / R[j,j], from the last column on: rows of dot products, shared by
        // threads.
        for (int j = n - 1; j >= 0; j--) {
            int column = j;
            double pivot = h[j * n + j] - dot(h, j * n, j * n, j + 1, n);
            if (!(pivot > 0)) {
                throw new ArithmeticException("pivot " + pivot + " in column " + j);
            }
            double root = Math.sqrt(pivot);
            h[j * n + j] = root;
            if ((long) j * (n - j) < 1 << 14) {
                column(h, n, column, root, 0, j);
            } else {
                workers.run(j, 64, (from, to, worker) -> column(h, n, column, root, from, to));
            }
        }
        float[] u = new float[n * n];
        workers.run(n, 4, (from, to, worker) -> {
            double[] x = new double[n];
            for (int j = from; j < to; j++) {
                // Column j of R⁻¹, from its diagonal upwards.
                for (int i = j; i >= 0; i--) {
                    double sum = i == j ? 1 : 0;
                    for (int k = i + 1; k <= j; k++) {
                        sum -= h[i * n + k] * x[k];
                    }
                    x[i] = sum / h[i * n + i];
                    u[i * n + j] = (float) x[i];
                }
            }
        });
        return u;
    }

    private static void column(double[] h, int n, int j, double root, int from, int to) {
        for (int i = from; i < to; i++) {
            h[i * n + j] = (h[i * n + j] - dot(h, i * n, j * n, j + 1, n)) / root;
        }
    }

    private static double dot(double[] h, int a, int b, int from, int to) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int k = from;
        for (; k + 3 < to; k += 4) {
            s0 += h[a + k] * h[b + k];
            s1 += h[a + k + 1] * h[b + k + 1];
            s2 += h[a + k + 2] * h[b + k + 2];
            s3 += h[a + k + 3] * h[b + k + 3];
        }
        for (; k < to; k++) {
            s0 += h[a + k] * h[b + k];
        }
        return s0 + s1 + (s2 + s3);
    }
}
