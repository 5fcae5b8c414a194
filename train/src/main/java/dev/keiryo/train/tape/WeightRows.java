package dev.keiryo.train.tape;

import dev.keiryo.kernel.MatrixView;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;

/** Weights of any type as float32, some rows at a time: frozen quantized ones are never expanded whole. */
final class WeightRows {
    /** Numbers of a weight that are decoded at a time. */
    private static final int DECODED = 1 << 18;

    private final FloatPool pool;
    private final Workers workers;

    WeightRows(FloatPool pool, Workers workers) {
        this.pool = pool;
        this.workers = workers;
    }

    /** Rows of a weight as float32. */
    interface Decoded {
        void run(MatrixView rows, int from);
    }

    /** How many rows are decoded at a time. */
    static int rows(Weight w) {
        return Math.clamp(DECODED / w.cols(), 1, w.rows());
    }

    /** Gives {@code job} a weight's rows, all at once where they are float32. */
    void decode(Weight w, Decoded job) {
        if (w.type() == TensorType.F32) {
            job.run(new MatrixView(w.data(), TensorType.F32, w.rows(), w.cols(), w.cols(), false), 0);
            return;
        }
        int stretch = rows(w);
        Matrix room = pool.take(stretch, w.cols());
        for (int from = 0; from < w.rows(); from += stretch) {
            int begin = from;
            int count = Math.min(stretch, w.rows() - from);
            workers.run(count, Math.max(1, FloatElements.LEAST_WORK / w.cols()), (first, end, worker) -> {
                float[] row = new float[w.cols()];
                for (int r = first; r < end; r++) {
                    w.decode((long) (begin + r) * w.cols(), row, 0, w.cols());
                    MemorySegment.copy(row, 0, room.data(), Matrix.F32, room.rowOffset(r), w.cols());
                }
            });
            job.run(MatrixView.of(room).rows(0, count), from);
        }
        pool.give(room);
    }
}
