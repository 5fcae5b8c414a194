package dev.keiryo.kernel;

import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.AttentionTile.PARTS;
import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.cache.KvType;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** {@link PageAttention} in vector code. */
final class VectorAttention extends PageAttention {
    private static final float LEAST = Float.NEGATIVE_INFINITY;

    @Override
    void scores(
            AttentionTile tile,
            int from,
            int to,
            KvType type,
            MemorySegment page,
            long at,
            MemorySegment ahead,
            long aheadAt) {
        if (type != KvType.F32) {
            VectorPages.keys(type, page, at, tile.keyDim(), tile.memory(), tile.keys);
        }
        long stride = 4L * tile.keyDim();
        long query = tile.query + from * stride;
        long scores = tile.scores + 4L * PAGE * from;
        MemorySegment keys = type == KvType.F32 ? page : tile.memory();
        long keysAt = type == KvType.F32 ? at : tile.keys;
        VectorProduct.multiply(
                tile.memory(), query, stride, keys, keysAt, 4L * PAGE, tile.keyDim(), scores, to - from, PAGE, -1);
    }

    @Override
    void values(
            AttentionTile tile,
            int from,
            int to,
            KvType type,
            MemorySegment page,
            long at,
            int first,
            int end,
            MemorySegment ahead,
            long aheadAt) {
        if (type != KvType.F32) {
            VectorPages.values(type, page, at, tile.valueDim(), first, end, tile.memory(), tile.values);
        }
        long stride = 4L * tile.valueDim();
        long weights = tile.scores + 4L * PAGE * from + 4L * first;
        MemorySegment values = type == KvType.F32 ? page : tile.memory();
        long valuesAt = (type == KvType.F32 ? at : tile.values) + first * stride;
        VectorProduct.multiply(
                tile.memory(),
                weights,
                4L * PAGE,
                values,
                valuesAt,
                stride,
                end - first,
                tile.result + from * stride,
                to - from,
                tile.valueDim(),
                tile.state + 8L * from + 4);
    }

    @Override
    void weights(AttentionTile tile, int from, int to, float scale) {
        MemorySegment memory = tile.memory();
        for (int r = from; r < to; r++) {
            long at = tile.scores + 4L * PAGE * r;
            long mask = memory.get(Lanes.I64, tile.masks + 8L * r);
            float largest = mask == -1 ? scale(memory, at, scale) : scale(memory, at, scale, mask);
            float before = memory.get(Lanes.F32, tile.state + 8L * r);
            float max = Math.max(before, largest);
            float kept = Lanes.exp(before - max);
            weights(memory, at, max, kept, tile.sums + 4L * PARTS * r);
            memory.set(Lanes.F32, tile.state + 8L * r, max);
            memory.set(Lanes.F32, tile.state + 8L * r + 4, kept);
        }
    }

    /** {@code w = exp(s - max)} and {@code sums = kept·sums + Σ w}, {@link Lanes#exp} written out for vectors. */
    private static void weights(MemorySegment memory, long at, float max, float kept, long sumsAt) {
        FloatVector sums = FloatVector.fromMemorySegment(Lanes.F, memory, sumsAt, Lanes.ORDER)
                .mul(kept);
        for (int i = 0; i < PAGE; i += LANES) {
            FloatVector e = FloatVector.fromMemorySegment(Lanes.F, memory, at + 4L * i, Lanes.ORDER)
                    .sub(max)
                    .max(-104f)
                    .min(89f);
            FloatVector rounded =
                    e.fma(FloatVector.broadcast(Lanes.F, Lanes.LOG2_E), FloatVector.broadcast(Lanes.F, Lanes.ROUND));
            FloatVector n = rounded.sub(Lanes.ROUND);
            FloatVector r =
                    n.fma(FloatVector.broadcast(Lanes.F, -Lanes.LN_2), e).sub(n.mul(Lanes.LN_2_REST));
            FloatVector p = FloatVector.broadcast(Lanes.F, 1f / 5040)
                    .fma(r, FloatVector.broadcast(Lanes.F, 1f / 720))
                    .fma(r, FloatVector.broadcast(Lanes.F, 1f / 120))
                    .fma(r, FloatVector.broadcast(Lanes.F, 1f / 24))
                    .fma(r, FloatVector.broadcast(Lanes.F, 1f / 6))
                    .fma(r, FloatVector.broadcast(Lanes.F, 0.5f))
                    .fma(r, FloatVector.broadcast(Lanes.F, 1f))
                    .fma(r, FloatVector.broadcast(Lanes.F, 1f));
            IntVector exponent = rounded.reinterpretAsInts().sub(Float.floatToRawIntBits(Lanes.ROUND));
            IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
            FloatVector lower = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
            FloatVector upper = exponent.sub(half)
                    .add(127)
                    .lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats();
            FloatVector w = p.mul(lower).mul(upper);
            w.intoMemorySegment(memory, at + 4L * i, Lanes.ORDER);
            sums = sums.add(w);
        }
        sums.intoMemorySegment(memory, sumsAt, Lanes.ORDER);
    }

    /** Scales a row and returns its largest score. */
    private static float scale(MemorySegment scores, long at, float scale) {
        FloatVector largest = FloatVector.broadcast(Lanes.F, LEAST);
        for (int p = 0; p < PAGE; p += LANES) {
            FloatVector s = FloatVector.fromMemorySegment(Lanes.F, scores, at + 4L * p, Lanes.ORDER)
                    .mul(scale);
            s.intoMemorySegment(scores, at + 4L * p, Lanes.ORDER);
            largest = largest.max(s);
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /** The same where not all positions are seen: the others' scores are the least. */
    private static float scale(MemorySegment scores, long at, float scale, long mask) {
        FloatVector least = FloatVector.broadcast(Lanes.F, LEAST);
        FloatVector largest = least;
        for (int p = 0; p < PAGE; p += LANES) {
            VectorMask<Float> seen = VectorMask.fromLong(Lanes.F, mask >>> p & (1L << LANES) - 1);
            FloatVector s = least.blend(
                    FloatVector.fromMemorySegment(Lanes.F, scores, at + 4L * p, Lanes.ORDER)
                            .mul(scale),
                    seen);
            s.intoMemorySegment(scores, at + 4L * p, Lanes.ORDER);
            largest = largest.max(s);
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    @Override
    void soften(AttentionTile tile, int row, float scale, float softcap) {
        long at = tile.scores + 4L * PAGE * row;
        if (softcap == 0) {
            scale(tile.memory(), at, scale);
        } else {
            VectorSoftcap.apply(scale, softcap, tile.memory(), tile.memory(), at, at + 4L * PAGE);
        }
    }

    @Override
    boolean divide(AttentionTile tile, long at, float sum, Matrix out, int row, int col, int width) {
        long to = out.rowOffset(row) + 4L * col;
        FloatVector zero = FloatVector.zero(Lanes.F);
        FloatVector check = zero;
        int full = Lanes.F.loopBound(width);
        for (int d = 0; d < full; d += LANES) {
            FloatVector y = FloatVector.fromMemorySegment(Lanes.F, tile.memory(), at + 4L * d, Lanes.ORDER)
                    .div(sum)
                    .add(zero);
            check = y.fma(zero, check);
            y.intoMemorySegment(out.data(), to + 4L * d, Lanes.ORDER);
        }
        float rest = 0;
        for (int d = full; d < width; d++) {
            float y = Lanes.single(tile.memory(), at + 4L * d) / sum + 0;
            rest = Math.fma(y, 0f, rest);
            out.data().set(Matrix.F32, to + 4L * d, y);
        }
        return rest == 0 && check.eq(0).allTrue();
    }
}
