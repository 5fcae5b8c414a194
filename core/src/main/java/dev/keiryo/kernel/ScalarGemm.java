package dev.keiryo.kernel;

import dev.keiryo.tensor.TensorType;

/** The oracle: matrix products as {@link Gemm} defines them, never optimized. */
public final class ScalarGemm implements Gemm {
    @Override
    public void multiply(MatrixView a, MatrixView b, MatrixView c, boolean accumulate, Scratch scratch) {
        Gemm.check(a, b, c);
        int block = a.type() == TensorType.F32 ? BLOCK : 2 * BLOCK;
        for (int i = 0; i < c.rows(); i++) {
            for (int j = 0; j < c.cols(); j++) {
                if (!accumulate && a.cols() == 0) {
                    c.put(i, j, 0);
                }
                for (int from = 0; from < a.cols(); from += block) {
                    float sum = 0;
                    for (int p = from; p < Math.min(a.cols(), from + block); p++) {
                        sum = Math.fma(a.get(i, p), b.get(p, j), sum);
                    }
                    c.put(i, j, accumulate || from > 0 ? c.get(i, j) + sum : sum);
                }
            }
        }
    }
}
