package dev.keiryo.kernel;

import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.AttentionTile.PARTS;
import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.cache.KvType;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

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
            float kept = Lanes.exp(FloatVector.broadcast(Lanes.F, before - max)).lane(0);
            FloatVector sums = Lanes.floats(memory, tile.sums + 4L * PARTS * r).mul(kept);
            for (int p = 0; p < PAGE; p += LANES) {
                FloatVector w = Lanes.exp(Lanes.floats(memory, at + 4L * p).sub(max));
                Lanes.store(w, memory, at + 4L * p);
                sums = sums.add(w);
            }
            Lanes.store(sums, memory, tile.sums + 4L * PARTS * r);
            memory.set(Lanes.F32, tile.state + 8L * r, max);
            memory.set(Lanes.F32, tile.state + 8L * r + 4, kept);
        }
    }

    /** Scales a row and returns its largest score. */
    private static float scale(MemorySegment scores, long at, float scale) {
        FloatVector largest = FloatVector.broadcast(Lanes.F, LEAST);
        for (int p = 0; p < PAGE; p += LANES) {
            FloatVector s = Lanes.floats(scores, at + 4L * p).mul(scale);
            Lanes.store(s, scores, at + 4L * p);
            largest = largest.max(s);
        }
        return Lanes.max(largest);
    }

    /** The same where not all positions are seen: the others' scores are the least. */
    private static float scale(MemorySegment scores, long at, float scale, long mask) {
        FloatVector least = FloatVector.broadcast(Lanes.F, LEAST);
        FloatVector largest = least;
        for (int p = 0; p < PAGE; p += LANES) {
            VectorMask<Float> seen = VectorMask.fromLong(Lanes.F, mask >>> p & (1L << LANES) - 1);
            FloatVector s = least.blend(Lanes.floats(scores, at + 4L * p).mul(scale), seen);
            Lanes.store(s, scores, at + 4L * p);
            largest = largest.max(s);
        }
        return Lanes.max(largest);
    }

    @Override
    void soften(AttentionTile tile, int row, float scale, float softcap) {
        long at = tile.scores + 4L * PAGE * row;
        for (int p = 0; p < PAGE; p += LANES) {
            FloatVector s = Lanes.floats(tile.memory(), at + 4L * p).mul(scale);
            if (softcap != 0) {
                s = Lanes.tanh(s.div(softcap)).mul(softcap);
            }
            Lanes.store(s, tile.memory(), at + 4L * p);
        }
    }

    @Override
    boolean divide(AttentionTile tile, long at, float sum, Matrix out, int row, int col, int width) {
        long to = out.rowOffset(row) + 4L * col;
        FloatVector zero = FloatVector.zero(Lanes.F);
        FloatVector check = zero;
        int full = Lanes.F.loopBound(width);
        for (int d = 0; d < full; d += LANES) {
            FloatVector y = Lanes.floats(tile.memory(), at + 4L * d).div(sum).add(zero);
            check = y.fma(zero, check);
            Lanes.store(y, out.data(), to + 4L * d);
        }
        if (full < width) {
            int rest = width - full;
            FloatVector y =
                    Lanes.floats(tile.memory(), at + 4L * full, rest).div(sum).add(zero);
            check = y.fma(zero, check);
            Lanes.store(y, out.data(), to + 4L * full, rest);
        }
        return Lanes.sum(check) == 0;
    }
}
