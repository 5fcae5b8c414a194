package dev.keiryo.calibrate;

import dev.keiryo.kernel.Gemm;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.MatrixView;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What 8 bits lose with one or another smoothing. */
final class SmoothingSearch {
    /** Tokens that errors are measured on, evenly spread. */
    private static final int ROWS = 512;

    private final ActivationRange range;
    private final Workers workers;
    private final Scratch[] scratch;
    private final Gemm gemm = Gemm.of(Kernels.best());

    SmoothingSearch(ActivationRange range, Workers workers) {
        this.range = range;
        this.workers = workers;
        this.scratch = Scratch.forThreads(workers.size());
    }

    /**
     * {@code ‖X·Wᵀ - Q(X/s)·Q(W·s)ᵀ‖²} over some rows of {@code x} and all matrices of the group: Q of inputs with one scale, of weights with
     * one for each row.
     */
    double error(InputGroup group, Matrix x, float[] s) {
        int cols = x.cols();
        int count = Math.min(ROWS, x.rows());
        try (Arena arena = Arena.ofShared()) {
            Matrix exact = Matrix.zeros(arena, count, cols);
            Matrix rounded = Matrix.zeros(arena, count, cols);
            for (int r = 0; r < count; r++) {
                float[] row = x.toArray((int) ((long) r * x.rows() / count));
                MemorySegment.copy(row, 0, exact.data(), Matrix.F32, exact.rowOffset(r), cols);
                for (int j = 0; j < cols; j++) {
                    rounded.put(r, j, row[j] / s[j]);
                }
            }
            float d = range.scale(rounded);
            for (int r = 0; r < count; r++) {
                float[] row = rounded.toArray(r);
                round(row, d);
                MemorySegment.copy(row, 0, rounded.data(), Matrix.F32, rounded.rowOffset(r), cols);
            }
            double sum = 0;
            for (Weight w : group.matrices()) {
                sum += error(exact, rounded, w, s);
            }
            return sum;
        }
    }

    private double error(Matrix exact, Matrix rounded, Weight w, float[] s) {
        int cols = w.cols();
        int rows = w.rows();
        try (Arena arena = Arena.ofShared()) {
            Matrix plain = Matrix.zeros(arena, rows, cols);
            Matrix smooth = Matrix.zeros(arena, rows, cols);
            workers.run(rows, 64, (from, to, worker) -> {
                float[] row = new float[cols];
                for (int r = from; r < to; r++) {
                    w.decode((long) r * cols, row, 0, cols);
                    MemorySegment.copy(row, 0, plain.data(), Matrix.F32, plain.rowOffset(r), cols);
                    float most = 0;
                    for (int j = 0; j < cols; j++) {
                        row[j] *= s[j];
                        most = Math.max(most, Math.abs(row[j]));
                    }
                    round(row, most / 127);
                    MemorySegment.copy(row, 0, smooth.data(), Matrix.F32, smooth.rowOffset(r), cols);
                }
            });
            Matrix wanted = Matrix.zeros(arena, exact.rows(), rows);
            Matrix found = Matrix.zeros(arena, exact.rows(), rows);
            multiply(exact, plain, wanted);
            multiply(rounded, smooth, found);
            double sum = 0;
            for (int t = 0; t < exact.rows(); t++) {
                float[] a = wanted.toArray(t);
                float[] b = found.toArray(t);
                for (int i = 0; i < a.length; i++) {
                    sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
                }
            }
            return sum;
        }
    }

    private void multiply(Matrix x, Matrix w, Matrix y) {
        gemm.multiply(MatrixView.of(x), MatrixView.of(w).transpose(), MatrixView.of(y), false, workers, scratch);
    }

    private static void round(float[] values, float d) {
        for (int i = 0; i < values.length && d > 0; i++) {
            values[i] = d * (float) Math.max(-127, Math.min(127, Math.rint(values[i] / d)));
        }
    }
}
