package dev.keiryo.train.tape;

import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Operations number by number in float32, as {@link Arithmetic} names them. */
final class FloatElements {
    /** Numbers that a thread should have to do at least. */
    static final int LEAST_WORK = 1 << 14;

    private final Kernels kernels;
    private final Workers workers;
    private final FloatPool pool;

    /** All are the caller's. */
    FloatElements(Kernels kernels, Workers workers, FloatPool pool) {
        this.kernels = kernels;
        this.workers = workers;
        this.pool = pool;
    }

    /** Rows {@code [from, to)}. */
    interface Rows {
        void run(int from, int to);
    }

    void rows(Matrix m, Rows job) {
        workers.run(m.rows(), Math.max(1, LEAST_WORK / Math.max(1, m.cols())), (from, to, worker) -> job.run(from, to));
    }

    /** Numbers of a stretch of rows, which follow each other. */
    private static int numbers(Matrix m, int from, int to) {
        return (to - from) * m.cols();
    }

    void scale(Matrix x, double s, Matrix y, boolean add) {
        rows(x, (from, to) -> {
            long at = x.rowOffset(from);
            if (add) {
                Stretches.addScaled(x.data(), at, (float) s, y.data(), at, numbers(x, from, to));
            } else {
                Stretches.scale(x.data(), at, (float) s, y.data(), at, numbers(x, from, to));
            }
        });
    }

    void sum(Matrix a, Matrix b, Matrix y) {
        rows(y, (from, to) -> kernels.addScaled(a, 1, b, y, from, to));
    }

    void drop(Dropout dropout, Matrix x, Matrix y, boolean add) {
        rows(x, (from, to) -> {
            for (long i = (long) from * x.cols(); i < (long) to * x.cols(); i++) {
                double dropped = x.data().getAtIndex(Matrix.F32, i) * dropout.factor(i);
                y.data().setAtIndex(Matrix.F32, i, (float)
                        (add ? dropped + y.data().getAtIndex(Matrix.F32, i) : dropped));
            }
        });
    }

    void activate(Activation f, Matrix x, Matrix y) {
        rows(x, (from, to) -> kernels.activate(f, x, y, from, to));
    }

    void activateBack(Activation f, Matrix x, Matrix dy, Matrix dx, boolean add) {
        sloped(f, x, (at, n, slope) -> Stretches.multiply(slope, 0, dy.data(), at, dx.data(), at, n, add));
    }

    /** A stretch of numbers from byte {@code at} on and the slopes there. */
    private interface Sloped {
        void run(long at, int n, MemorySegment slope);
    }

    /** Numbers whose slopes are computed at a time: they stay in the nearest cache. */
    static final int SLOPES = 1024;

    private void sloped(Activation f, Matrix x, Sloped job) {
        Matrix room = pool.take(workers.size(), SLOPES);
        long all = (long) x.rows() * x.cols();
        workers.run(Math.toIntExact(Math.ceilDiv(all, SLOPES)), LEAST_WORK / SLOPES, (from, to, worker) -> {
            MemorySegment slope = room.data().asSlice(room.rowOffset(worker), 4L * SLOPES);
            for (long i = (long) from * SLOPES; i < Math.min(all, (long) to * SLOPES); i += SLOPES) {
                int n = (int) Math.min(SLOPES, all - i);
                Stretches.slope(f, x.data(), 4 * i, slope, 0, n);
                job.run(4 * i, n, slope);
            }
        });
        pool.give(room);
    }

    void gated(Activation f, Matrix gate, Matrix up, Matrix y) {
        rows(gate, (from, to) -> kernels.gated(f, gate, up, y, from, to));
    }

    void gatedBack(
            Activation f,
            Matrix gate,
            Matrix up,
            Matrix dy,
            @Nullable Matrix dGate,
            boolean addGate,
            @Nullable Matrix dUp,
            boolean addUp) {
        if (dUp != null) {
            // f(gate) ⊙ dy is what a gate of it would give.
            Matrix y = addUp ? pool.take(dUp.rows(), dUp.cols()) : dUp;
            rows(gate, (from, to) -> kernels.gated(f, gate, dy, y, from, to));
            if (addUp) {
                scale(y, 1, dUp, true);
                pool.give(y);
            }
        }
        if (dGate != null) {
            sloped(f, gate, (at, n, slope) -> {
                Stretches.multiply(slope, 0, up.data(), at, slope, 0, n, false);
                Stretches.multiply(slope, 0, dy.data(), at, dGate.data(), at, n, addGate);
            });
        }
    }

    void softcap(Matrix x, double cap, Matrix y) {
        rows(x, (from, to) -> kernels.softcap((float) cap, x, y, from, to));
    }

    void softcapBack(Matrix y, double cap, Matrix dy, Matrix dx, boolean add) {
        each(dx, add, i -> {
            float t = (float) (number(y, i) / cap);
            return (1 - t * t) * number(dy, i);
        });
    }

    void clamp(Matrix x, double limit, Matrix y) {
        rows(x, (from, to) -> kernels.clamp(x, (float) limit, y, from, to));
    }

    void clampBack(Matrix x, double limit, Matrix dy, Matrix dx, boolean add) {
        each(dx, add, i -> Math.abs(number(x, i)) <= limit ? number(dy, i) : 0);
    }

    private static float number(Matrix m, long i) {
        return m.data().getAtIndex(Matrix.F32, i);
    }

    private interface Cell {
        float at(long i);
    }

    /** For what is rare. */
    private void each(Matrix y, boolean add, Cell f) {
        rows(y, (from, to) -> {
            for (long i = (long) from * y.cols(); i < (long) to * y.cols(); i++) {
                y.data().setAtIndex(Matrix.F32, i, add ? number(y, i) + f.at(i) : f.at(i));
            }
        });
    }
}
