package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = x·Wᵀ + b}. One token: each weight row is decoded in registers and multiplied at once. Several: rows are
 * decoded a few at a time into a buffer, then multiplied with two tokens at a time, so that a decoded weight serves all
 * tokens and a loaded number several products. All ways sum in the order that {@link VectorRows} sets.
 */
final class VectorMatmul {
    /** Weight rows decoded and multiplied together. */
    private static final int TILE = 4;

    private VectorMatmul() {}

    static void multiply(Weight w, @Nullable Matrix bias, Matrix x, Matrix y, int from, int to, Scratch scratch) {
        VectorRows rows = VectorRows.of(w.type());
        if (rows != null && x.rows() == 1) {
            oneToken(rows, w, x, y, from, to);
        } else {
            manyTokens(rows, w, x, y, from, to, scratch);
        }
        if (bias != null) {
            for (int t = 0; t < y.rows(); t++) {
                for (int r = from; r < to; r++) {
                    y.put(t, r, y.get(t, r) + bias.get(0, r));
                }
            }
        }
    }

    private static void oneToken(VectorRows rows, Weight w, Matrix x, Matrix y, int from, int to) {
        MemorySegment weights = w.data();
        MemorySegment numbers = x.data();
        long rowBytes = w.rowBytes();
        int n = w.cols();
        for (int r = from; r < to; r++) {
            y.put(0, r, rows.dot(weights, r * rowBytes, numbers, 0, n));
        }
    }

    private static void manyTokens(
            @Nullable VectorRows rows, Weight w, Matrix x, Matrix y, int from, int to, Scratch scratch) {
        int n = w.cols();
        int stride = Math.ceilDiv(n, LANES) * LANES;
        float[] decoded = scratch.rows(TILE * stride);
        for (int r = from; r < to; r += TILE) {
            int count = Math.min(TILE, to - r);
            for (int i = 0; i < count; i++) {
                decode(rows, w, r + i, decoded, i * stride, n);
            }
            if (count == TILE) {
                tiles(decoded, stride, n, x, y, r);
            } else {
                for (int i = 0; i < count; i++) {
                    for (int t = 0; t < x.rows(); t++) {
                        y.put(t, r + i, dot(decoded, i * stride, n, x.data(), x.rowOffset(t)));
                    }
                }
            }
        }
    }

    private static void decode(@Nullable VectorRows rows, Weight w, int row, float[] out, int at, int n) {
        long offset = row * w.rowBytes();
        if (rows != null) {
            rows.decode(w.data(), offset, out, at, n);
        } else {
            Codecs.require(w.type()).decode(w.data(), offset, out, at, n);
        }
    }

    private static void tiles(float[] decoded, int stride, int n, Matrix x, Matrix y, int r) {
        int t = 0;
        for (; t + 1 < x.rows(); t += 2) {
            tile4x2(decoded, stride, n, x.data(), x.rowOffset(t), x.rowOffset(t + 1), y, r, t);
        }
        if (t < x.rows()) {
            tile4x1(decoded, stride, n, x.data(), x.rowOffset(t), y, r, t);
        }
    }

    private static float dot(float[] w, int at, int n, MemorySegment x, long xOffset) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            acc = FloatVector.fromArray(Lanes.F, w, at + c).fma(Lanes.floats(x, xOffset + 4L * c), acc);
        }
        if (full < n) {
            acc = tail(w, at + full, Lanes.floats(x, xOffset + 4L * full, n - full), acc, n - full);
        }
        return Lanes.sum(acc);
    }

    private static FloatVector tail(float[] w, int at, FloatVector x, FloatVector acc, int n) {
        return FloatVector.fromArray(Lanes.F, w, at, Lanes.F.indexInRange(0, n)).fma(x, acc);
    }

    private static void tile4x1(float[] w, int stride, int n, MemorySegment x, long x0, Matrix y, int r, int t) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector b0 = a0;
        FloatVector c0 = a0;
        FloatVector d0 = a0;
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            FloatVector v0 = Lanes.floats(x, x0 + 4L * c);
            a0 = FloatVector.fromArray(Lanes.F, w, c).fma(v0, a0);
            b0 = FloatVector.fromArray(Lanes.F, w, stride + c).fma(v0, b0);
            c0 = FloatVector.fromArray(Lanes.F, w, 2 * stride + c).fma(v0, c0);
            d0 = FloatVector.fromArray(Lanes.F, w, 3 * stride + c).fma(v0, d0);
        }
        int rest = n - full;
        if (rest > 0) {
            FloatVector v0 = Lanes.floats(x, x0 + 4L * full, rest);
            a0 = tail(w, full, v0, a0, rest);
            b0 = tail(w, stride + full, v0, b0, rest);
            c0 = tail(w, 2 * stride + full, v0, c0, rest);
            d0 = tail(w, 3 * stride + full, v0, d0, rest);
        }
        put(y, t, r, a0, b0, c0, d0);
    }

    private static void tile4x2(
            float[] w, int stride, int n, MemorySegment x, long x0, long x1, Matrix y, int r, int t) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector b0 = a0;
        FloatVector c0 = a0;
        FloatVector d0 = a0;
        FloatVector a1 = a0;
        FloatVector b1 = a0;
        FloatVector c1 = a0;
        FloatVector d1 = a0;
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            FloatVector v0 = Lanes.floats(x, x0 + 4L * c);
            FloatVector v1 = Lanes.floats(x, x1 + 4L * c);
            FloatVector w0 = FloatVector.fromArray(Lanes.F, w, c);
            a0 = w0.fma(v0, a0);
            a1 = w0.fma(v1, a1);
            FloatVector w1 = FloatVector.fromArray(Lanes.F, w, stride + c);
            b0 = w1.fma(v0, b0);
            b1 = w1.fma(v1, b1);
            FloatVector w2 = FloatVector.fromArray(Lanes.F, w, 2 * stride + c);
            c0 = w2.fma(v0, c0);
            c1 = w2.fma(v1, c1);
            FloatVector w3 = FloatVector.fromArray(Lanes.F, w, 3 * stride + c);
            d0 = w3.fma(v0, d0);
            d1 = w3.fma(v1, d1);
        }
        int rest = n - full;
        if (rest > 0) {
            FloatVector v0 = Lanes.floats(x, x0 + 4L * full, rest);
            FloatVector v1 = Lanes.floats(x, x1 + 4L * full, rest);
            a0 = tail(w, full, v0, a0, rest);
            a1 = tail(w, full, v1, a1, rest);
            b0 = tail(w, stride + full, v0, b0, rest);
            b1 = tail(w, stride + full, v1, b1, rest);
            c0 = tail(w, 2 * stride + full, v0, c0, rest);
            c1 = tail(w, 2 * stride + full, v1, c1, rest);
            d0 = tail(w, 3 * stride + full, v0, d0, rest);
            d1 = tail(w, 3 * stride + full, v1, d1, rest);
        }
        put(y, t, r, a0, b0, c0, d0);
        put(y, t + 1, r, a1, b1, c1, d1);
    }

    private static void put(Matrix y, int t, int r, FloatVector a, FloatVector b, FloatVector c, FloatVector d) {
        y.put(t, r, Lanes.sum(a));
        y.put(t, r + 1, Lanes.sum(b));
        y.put(t, r + 2, Lanes.sum(c));
        y.put(t, r + 3, Lanes.sum(d));
    }
}
