package dev.keiryo.train.tape;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The way back of norms in float32. */
final class FloatNorms {
    /** Rows whose contributions to a weight's gradient are summed by themselves, so that sums do not depend on threads. */
    private static final int ROWS = 64;

    private FloatNorms() {}

    /** How many such sums there are. */
    static int parts(int rows) {
        return Math.ceilDiv(rows, ROWS);
    }

    /**
     * See {@link Arithmetic#normBack}.
     *
     * @param sums {@code [parts, width]}, overwritten
     */
    static void back(
            Workers workers,
            Norm norm,
            boolean centered,
            Matrix x,
            Matrix dy,
            @Nullable Matrix dx,
            boolean add,
            @Nullable Matrix dw,
            @Nullable Matrix db,
            Matrix sums) {
        int n = norm.width();
        int parts = parts(x.rows());
        sums.data().fill((byte) 0);
        workers.run(parts, 1, (first, end, worker) -> {
            for (int part = first; part < end; part++) {
                for (int r = part * ROWS; r < Math.min(x.rows(), (part + 1) * ROWS); r++) {
                    for (int c = 0; c < x.cols(); c += n) {
                        back(norm, centered, x, dy, dx, add, x.rowOffset(r) + 4L * c, sums, part);
                    }
                }
            }
        });
        for (int part = 0; part < parts && dw != null; part++) {
            Stretches.addScaled(sums.data(), sums.rowOffset(part), 1, dw.data(), 0, n);
        }
        if (db != null) {
            for (int c = 0; c < x.cols(); c += n) {
                for (int r = 0; r < x.rows(); r++) {
                    Stretches.addScaled(dy.data(), dy.rowOffset(r) + 4L * c, 1, db.data(), 0, n);
                }
            }
        }
    }

    /** One group of numbers, from byte {@code at} on. */
    private static void back(
            Norm norm,
            boolean centered,
            Matrix x,
            Matrix dy,
            @Nullable Matrix dx,
            boolean add,
            long at,
            Matrix sums,
            int part) {
        int n = norm.width();
        float center = centered ? Stretches.sum(x.data(), at, n) / n : 0;
        float square = Stretches.squaresAround(x.data(), at, center, n) / n;
        float r = (float) (1 / Math.sqrt((double) square + norm.epsilon()));
        Stretches.addUnits(x.data(), at, center, r, dy.data(), at, sums.data(), sums.rowOffset(part), n);
        if (dx != null) {
            MemorySegment w = norm.weight().data();
            float mean = centered ? Stretches.dot(dy.data(), at, w, 0, n) / n : 0;
            float along = Stretches.dotUnits(x.data(), at, center, r, dy.data(), at, w, n) / n;
            Stretches.normBack(x.data(), at, dy.data(), at, w, center, r, mean, along, dx.data(), at, n, add);
        }
    }
}
