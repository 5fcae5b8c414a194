package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.cache.KvCache;
import dev.keiryo.model.Attention;
import dev.keiryo.model.PositionBias;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/** {@link Kernels#attend} in vector code: a page's scores, their exponentials, then the weighted values. */
final class VectorAttention {
    private VectorAttention() {}

    static void attend(
            Attention a, KvCache.Slot slot, Matrix q, int row, int head, int position, Scratch scratch, Matrix out) {
        float[] scores = scratch.scores();
        int kvHead = head / (a.heads() / a.kvHeads());
        int first = a.window() > 0 ? Math.max(0, position - a.window() + 1) : 0;
        int end = a.causal() ? position + 1 : slot.length();
        long queryAt = q.rowOffset(row) + 4L * head * a.headDim();
        long outAt = out.rowOffset(row) + 4L * head * a.valueDim();
        int keyStride = 4 * slot.keyWidth();
        int valueStride = 4 * slot.valueWidth();
        float max = Float.NEGATIVE_INFINITY;
        float sum = 0;
        for (int page = first / KvCache.PAGE; page * KvCache.PAGE < end; page++) {
            int from = Math.max(first, page * KvCache.PAGE);
            int to = Math.min(end, (page + 1) * KvCache.PAGE);
            int inPage = from % KvCache.PAGE;
            int n = to - from;
            long keysAt = (long) inPage * keyStride + 4L * kvHead * a.headDim();
            for (int i = 0; i < n; i++) {
                scores[i] = a.scale()
                        * VectorF32.ROWS.dot(
                                slot.keys(page), keysAt + (long) i * keyStride, q.data(), queryAt, a.headDim());
            }
            adjust(a, scores, n, head, position, from);
            float pageMax = max;
            for (int i = 0; i < n; i++) {
                pageMax = Math.max(pageMax, scores[i]);
            }
            float kept = (float) Math.exp(max - pageMax);
            sum = sum * kept + exponentials(scores, n, pageMax);
            long valuesAt = (long) inPage * valueStride + 4L * kvHead * a.valueDim();
            accumulate(
                    scores,
                    n,
                    slot.values(page),
                    valuesAt,
                    valueStride,
                    page == first / KvCache.PAGE ? 0 : kept,
                    out.data(),
                    outAt,
                    a.valueDim());
            max = pageMax;
        }
        divide(out.data(), outAt, a.valueDim(), sum);
    }

    /** Softcap and bias, after the scale. */
    private static void adjust(Attention a, float[] scores, int n, int head, int position, int from) {
        if (a.softcap() != 0) {
            for (int i = 0; i < n; i += LANES) {
                FloatVector v = FloatVector.fromArray(Lanes.F, scores, i);
                Lanes.tanh(v.div(a.softcap())).mul(a.softcap()).intoArray(scores, i);
            }
        }
        PositionBias bias = a.bias();
        if (bias != null) {
            for (int i = 0; i < n; i++) {
                scores[i] += bias.at(head, position, from + i);
            }
        }
    }

    /** Replaces each of {@code n} scores s by {@code exp(s - max)} and returns their sum. */
    private static float exponentials(float[] scores, int n, float max) {
        // A page is a multiple of any vector; what is beyond n becomes 0.
        Arrays.fill(scores, n, scores.length, Float.NEGATIVE_INFINITY);
        FloatVector total = FloatVector.zero(Lanes.F);
        for (int i = 0; i < n; i += LANES) {
            FloatVector e = Lanes.exp(FloatVector.fromArray(Lanes.F, scores, i).sub(max));
            e.intoArray(scores, i);
            total = total.add(e);
        }
        return Lanes.sum(total);
    }

    /** {@code out = kept·out + Σ_i weights[i]·values[i]}; with {@code kept} 0 what was in {@code out} does not matter. */
    private static void accumulate(
            float[] weights,
            int n,
            MemorySegment values,
            long at,
            int stride,
            float kept,
            MemorySegment out,
            long outAt,
            int width) {
        int full = Lanes.F.loopBound(width);
        for (int d = 0; d < full; d += LANES) {
            FloatVector acc = kept == 0
                    ? FloatVector.zero(Lanes.F)
                    : Lanes.floats(out, outAt + 4L * d).mul(kept);
            for (int i = 0; i < n; i++) {
                acc = Lanes.floats(values, at + (long) i * stride + 4L * d)
                        .fma(FloatVector.broadcast(Lanes.F, weights[i]), acc);
            }
            Lanes.store(acc, out, outAt + 4L * d);
        }
        int rest = width - full;
        if (rest > 0) {
            FloatVector acc = kept == 0
                    ? FloatVector.zero(Lanes.F)
                    : Lanes.floats(out, outAt + 4L * full, rest).mul(kept);
            for (int i = 0; i < n; i++) {
                acc = Lanes.floats(values, at + (long) i * stride + 4L * full, rest)
                        .fma(FloatVector.broadcast(Lanes.F, weights[i]), acc);
            }
            Lanes.store(acc, out, outAt + 4L * full, rest);
        }
    }

    private static void divide(MemorySegment out, long at, int width, float divisor) {
        int full = Lanes.F.loopBound(width);
        for (int d = 0; d < full; d += LANES) {
            Lanes.store(Lanes.floats(out, at + 4L * d).div(divisor), out, at + 4L * d);
        }
        if (full < width) {
            int rest = width - full;
            Lanes.store(Lanes.floats(out, at + 4L * full, rest).div(divisor), out, at + 4L * full, rest);
        }
    }
}
