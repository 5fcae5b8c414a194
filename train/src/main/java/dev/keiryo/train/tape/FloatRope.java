package dev.keiryo.train.tape;

import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.RopeTable;
import dev.keiryo.model.Rope;
import dev.keiryo.tensor.Matrix;
import java.util.HashMap;
import java.util.Map;

/** Rotations by positions in float32, and their way back. */
final class FloatRope implements AutoCloseable {
    private final Kernels kernels;
    private final FloatElements elements;
    private final FloatPool pool;
    private final Map<Rope, RopeTable> ropes = new HashMap<>();
    private final Map<Rope, Rope> backward = new HashMap<>();

    /** All are the caller's. */
    FloatRope(Kernels kernels, FloatElements elements, FloatPool pool) {
        this.kernels = kernels;
        this.elements = elements;
        this.pool = pool;
    }

    /** As {@link Arithmetic#rope}. */
    void rope(Rope rope, int[] positions, boolean back, Matrix x, Matrix y, boolean add) {
        Rope used = back ? backward.computeIfAbsent(rope, FloatRope::reversed) : rope;
        RopeTable table = ropes.computeIfAbsent(used, RopeTable::new);
        int last = 0;
        for (int r = 0; r < x.rows(); r++) {
            last = Math.max(last, positions[r]);
        }
        table.reach(last);
        Matrix rotated = add ? pool.take(y.rows(), y.cols()) : y;
        elements.rows(x, (from, to) -> {
            for (int r = from; r < to; r++) {
                kernels.rope(table, positions[r], x, rotated, r);
            }
        });
        if (add) {
            elements.scale(rotated, 1, y, true);
            pool.give(rotated);
        }
    }

    /** A rotation's transpose is that by the negative angle. */
    private static Rope reversed(Rope rope) {
        float[] f = rope.frequencies().clone();
        for (int i = 0; i < f.length; i++) {
            f[i] = -f[i];
        }
        return new Rope(rope.layout(), rope.headDim(), f, rope.magnitude());
    }

    @Override
    public void close() {
        ropes.values().forEach(RopeTable::close);
    }
}
