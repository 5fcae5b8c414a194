package dev.keiryo.engine;

import static java.util.Objects.requireNonNull;

import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.RopeTable;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import org.jspecify.annotations.Nullable;

/**
 * An operation that computes row by row, for {@link Workers}: one object that is told what to do next, where a lambda would
 * be garbage.
 */
final class RowJob implements Workers.Part {
    private enum Operation {
        RMS_NORM,
        LAYER_NORM,
        ROPE,
        ACTIVATE,
        GATED,
        ADD,
        SCALE,
        SOFTCAP,
        CLAMP,
        GATE_ROWS
    }

    private final Kernels kernels;
    private final Workers workers;

    private Operation operation = Operation.ADD;
    private @Nullable Norm norm;
    private Activation activation = Activation.RELU;
    private float number;
    private @Nullable Matrix first;
    private @Nullable Matrix second;
    private @Nullable Matrix result;
    private @Nullable Batch batch;
    /** For each token of the batch. */
    private RopeTable[] ropes = {};

    RowJob(Kernels kernels, Workers workers) {
        this.kernels = kernels;
        this.workers = workers;
    }

    void rmsNorm(Norm newNorm, Matrix x, Matrix y) {
        norm = newNorm;
        run(Operation.RMS_NORM, x, x, y);
    }

    void layerNorm(Norm newNorm, Matrix x, Matrix y) {
        norm = newNorm;
        run(Operation.LAYER_NORM, x, x, y);
    }

    /** Row t by {@code tables[t]} and the position of the t-th token. */
    void rope(RopeTable[] tables, Batch newBatch, Matrix x, Matrix y) {
        ropes = tables;
        batch = newBatch;
        run(Operation.ROPE, x, x, y);
    }

    void activate(Activation f, Matrix x, Matrix y) {
        activation = f;
        run(Operation.ACTIVATE, x, x, y);
    }

    void gated(Activation f, Matrix gate, Matrix up, Matrix y) {
        activation = f;
        run(Operation.GATED, gate, up, y);
    }

    void add(Matrix a, Matrix b, Matrix y) {
        run(Operation.ADD, a, b, y);
    }

    void scale(Matrix x, float s, Matrix y) {
        number = s;
        run(Operation.SCALE, x, x, y);
    }

    void softcap(Matrix x, float cap, Matrix y) {
        number = cap;
        run(Operation.SOFTCAP, x, x, y);
    }

    void clamp(Matrix x, float limit, Matrix y) {
        number = limit;
        run(Operation.CLAMP, x, x, y);
    }

    void gateRows(Matrix x, Matrix gate, Matrix y) {
        run(Operation.GATE_ROWS, x, gate, y);
    }

    /** One token's row is always the caller's own: waking others takes longer. */
    private void run(Operation next, Matrix a, Matrix b, Matrix y) {
        operation = next;
        first = a;
        second = b;
        result = y;
        workers.run(a.rows(), EagerOps.share(a.cols()), this);
    }

    @Override
    public void run(int from, int to, int worker) {
        Matrix x = requireNonNull(first);
        Matrix z = requireNonNull(second);
        Matrix y = requireNonNull(result);
        switch (operation) {
            case RMS_NORM -> kernels.rmsNorm(requireNonNull(norm), x, y, from, to);
            case LAYER_NORM -> kernels.layerNorm(requireNonNull(norm), x, y, from, to);
            case ROPE -> {
                for (int t = from; t < to; t++) {
                    kernels.rope(ropes[t], requireNonNull(batch).position(t), x, y, t);
                }
            }
            case ACTIVATE -> kernels.activate(activation, x, y, from, to);
            case GATED -> kernels.gated(activation, x, z, y, from, to);
            case ADD -> kernels.addScaled(x, 1, z, y, from, to);
            case SCALE -> kernels.scale(x, number, y, from, to);
            case SOFTCAP -> kernels.softcap(number, x, y, from, to);
            case CLAMP -> kernels.clamp(x, number, y, from, to);
            case GATE_ROWS -> kernels.gateRows(x, z, y, from, to);
        }
    }
}
