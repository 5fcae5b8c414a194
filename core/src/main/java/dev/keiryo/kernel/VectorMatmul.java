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
            // A row's last, partial vector is left to dot(), so that the tiles stay small enough to be compiled whole.
            if (count == TILE && n == stride) {
                tiles(decoded, n, x, y, r, scratch.sums());
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

    private static void tiles(float[] decoded, int n, Matrix x, Matrix y, int r, float[] sums) {
        int t = 0;
        for (; t + 1 < x.rows(); t += 2) {
            tile4x2(decoded, n, x.data(), x.rowOffset(t), x.rowOffset(t + 1), sums);
            put(sums, 0, y, t, r);
            put(sums, TILE * LANES, y, t + 1, r);
        }
        if (t < x.rows()) {
            tile4x1(decoded, n, x.data(), x.rowOffset(t), sums);
            put(sums, 0, y, t, r);
        }
    }

    private static void put(float[] sums, int at, Matrix y, int t, int r) {
        for (int i = 0; i < TILE; i++) {
            y.put(t, r + i, Lanes.sum(FloatVector.fromArray(Lanes.F, sums, at + i * LANES)));
        }
    }

    private static float dot(float[] w, int at, int n, MemorySegment x, long xOffset) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            acc = FloatVector.fromArray(Lanes.F, w, at + c).fma(Lanes.floats(x, xOffset + 4L * c), acc);
        }
        int rest = n - full;
        if (rest > 0) {
            acc = FloatVector.fromArray(Lanes.F, w, at + full, Lanes.F.indexInRange(0, rest))
                    .fma(Lanes.floats(x, xOffset + 4L * full, rest), acc);
        }
        return Lanes.sum(acc);
    }

    /** The lanes' sums of four rows, {@code n} apart, and one token. */
    private static void tile4x1(float[] w, int n, MemorySegment x, long x0, float[] sums) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector b0 = a0;
        FloatVector c0 = a0;
        FloatVector d0 = a0;
        for (int c = 0; c < n; c += LANES) {
            FloatVector v0 = Lanes.floats(x, x0 + 4L * c);
            a0 = FloatVector.fromArray(Lanes.F, w, c).fma(v0, a0);
            b0 = FloatVector.fromArray(Lanes.F, w, n + c).fma(v0, b0);
            c0 = FloatVector.fromArray(Lanes.F, w, 2 * n + c).fma(v0, c0);
            d0 = FloatVector.fromArray(Lanes.F, w, 3 * n + c).fma(v0, d0);
        }
        a0.intoArray(sums, 0);
        b0.intoArray(sums, LANES);
        c0.intoArray(sums, 2 * LANES);
        d0.intoArray(sums, 3 * LANES);
    }

    /** The lanes' sums of four rows, {@code n} apart, and two tokens: the first one's four, then the second one's. */
    private static void tile4x2(float[] w, int n, MemorySegment x, long x0, long x1, float[] sums) {
        FloatVector a0 = FloatVector.zero(Lanes.F);
        FloatVector b0 = a0;
        FloatVector c0 = a0;
        FloatVector d0 = a0;
        FloatVector a1 = a0;
        FloatVector b1 = a0;
        FloatVector c1 = a0;
        FloatVector d1 = a0;
        for (int c = 0; c < n; c += LANES) {
            FloatVector v0 = Lanes.floats(x, x0 + 4L * c);
            FloatVector v1 = Lanes.floats(x, x1 + 4L * c);
            FloatVector w0 = FloatVector.fromArray(Lanes.F, w, c);
            a0 = w0.fma(v0, a0);
            a1 = w0.fma(v1, a1);
            FloatVector w1 = FloatVector.fromArray(Lanes.F, w, n + c);
            b0 = w1.fma(v0, b0);
            b1 = w1.fma(v1, b1);
            FloatVector w2 = FloatVector.fromArray(Lanes.F, w, 2 * n + c);
            c0 = w2.fma(v0, c0);
            c1 = w2.fma(v1, c1);
            FloatVector w3 = FloatVector.fromArray(Lanes.F, w, 3 * n + c);
            d0 = w3.fma(v0, d0);
            d1 = w3.fma(v1, d1);
        }
        a0.intoArray(sums, 0);
        b0.intoArray(sums, LANES);
        c0.intoArray(sums, 2 * LANES);
        d0.intoArray(sums, 3 * LANES);
        a1.intoArray(sums, 4 * LANES);
        b1.intoArray(sums, 5 * LANES);
        c1.intoArray(sums, 6 * LANES);
        d1.intoArray(sums, 7 * LANES);
    }
}
