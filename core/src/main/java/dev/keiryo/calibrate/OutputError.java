package dev.keiryo.calibrate;

import dev.keiryo.kernel.Gemm;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.MatrixView;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What errors D of weights {@code [rows, cols]} do to the outputs for inputs X: {@code ‖X·Dᵀ‖² = Σ_r d_r·XᵀX·d_rᵀ}. */
final class OutputError implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Gemm gemm = Gemm.of(Kernels.best());
    private final Workers workers;
    private final Scratch[] scratch;
    private final Matrix gram;
    private final int cols;

    OutputError(double[] gram, int cols, Workers workers) {
        this.cols = cols;
        this.workers = workers;
        this.scratch = Scratch.forThreads(workers.size());
        this.gram = Matrix.zeros(arena, cols, cols);
        for (int i = 0; i < cols; i++) {
            for (int j = 0; j < cols; j++) {
                this.gram.put(i, j, (float) gram[i * cols + j]);
            }
        }
    }

    double of(float[] d, int rows) {
        try (Arena own = Arena.ofShared()) {
            Matrix errors = Matrix.zeros(own, rows, cols);
            MemorySegment.copy(d, 0, errors.data(), Matrix.F32, 0, rows * cols);
            Matrix products = Matrix.zeros(own, rows, cols);
            gemm.multiply(MatrixView.of(errors), MatrixView.of(gram), MatrixView.of(products), false, workers, scratch);
            double sum = 0;
            for (int r = 0; r < rows; r++) {
                float[] row = products.toArray(r);
                for (int j = 0; j < cols; j++) {
                    sum += (double) row[j] * d[r * cols + j];
                }
            }
            return sum;
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
