package dev.keiryo.calibrate;

import dev.keiryo.kernel.Gemm;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.MatrixView;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Sums {@code XᵀX} up: in float32 over some hundred rows, these sums in double precision. Not thread-safe. */
final class GramProducts implements AutoCloseable {
    /** Rows whose products are summed in float32. */
    private static final int ROWS = 512;

    private final Gemm gemm;
    private final Workers workers;
    private final Scratch[] scratch;
    private Arena arena = Arena.ofShared();
    private MemorySegment product = MemorySegment.NULL;

    GramProducts(Kernels kernels, Workers workers) {
        this.gemm = Gemm.of(kernels);
        this.workers = workers;
        this.scratch = Scratch.forThreads(workers.size());
    }

    /** Adds {@code XᵀX} of {@code x [rows, n]} to {@code sum [n, n]}. */
    void add(Matrix x, double[] sum) {
        int n = x.cols();
        long bytes = 4L * n * n;
        if (product.byteSize() < bytes) {
            arena.close();
            arena = Arena.ofShared();
            product = arena.allocate(bytes, 64);
        }
        MatrixView view = MatrixView.of(x);
        MatrixView out = new MatrixView(product, TensorType.F32, n, n, n, false);
        for (int from = 0; from < x.rows(); from += ROWS) {
            MatrixView rows = view.rows(from, Math.min(ROWS, x.rows() - from));
            gemm.multiply(rows.transpose(), rows, out, false, workers, scratch);
            workers.run(n, 16, (first, last, worker) -> {
                float[] row = new float[n];
                for (int i = first; i < last; i++) {
                    MemorySegment.copy(product, Matrix.F32, 4L * i * n, row, 0, n);
                    for (int j = 0; j < n; j++) {
                        sum[i * n + j] += row[j];
                    }
                }
            });
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
