package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;

/** Rotary position embedding in vector code, with the roundings of the scalar kernel. */
final class VectorRope {
    private static final VectorShuffle<Float> SWAPPED = VectorShuffle.fromOp(Lanes.F, i -> i ^ 1);
    private static final VectorShuffle<Float> DOUBLED = VectorShuffle.fromOp(Lanes.F, i -> i / 2);
    private static final FloatVector SIGNS = signs();

    private VectorRope() {}

    private static FloatVector signs() {
        float[] signs = new float[LANES];
        for (int i = 0; i < LANES; i++) {
            signs[i] = i % 2 == 0 ? -1 : 1;
        }
        return FloatVector.fromArray(Lanes.F, signs, 0);
    }

    static void rotate(RopeTable table, int position, Matrix x, Matrix y, int row) {
        table.check(position, x, y, row);
        int head = table.rope().headDim();
        int pairs = table.pairs();
        boolean interleaved = table.rope().layout() == RopeLayout.INTERLEAVED;
        for (int h = 0; h < x.cols(); h += head) {
            long from = x.rowOffset(row) + 4L * h;
            long to = y.rowOffset(row) + 4L * h;
            if (interleaved) {
                interleaved(table, position, x.data(), from, y.data(), to);
            } else {
                halves(table, position, x.data(), from, y.data(), to);
            }
            long rotated = 8L * pairs;
            MemorySegment.copy(x.data(), from + rotated, y.data(), to + rotated, 4L * head - rotated);
        }
    }

    private static void halves(RopeTable table, int position, MemorySegment x, long from, MemorySegment y, long to) {
        int pairs = table.pairs();
        long cos = table.offset(position);
        long further = 4L * pairs;
        int full = Lanes.F.loopBound(pairs);
        for (long i = 0; i < 4L * full; i += 4L * LANES) {
            FloatVector c = FloatVector.fromMemorySegment(Lanes.F, table.data(), cos + i, Lanes.ORDER);
            FloatVector s = FloatVector.fromMemorySegment(Lanes.F, table.data(), cos + further + i, Lanes.ORDER);
            FloatVector a = FloatVector.fromMemorySegment(Lanes.F, x, from + i, Lanes.ORDER);
            FloatVector b = FloatVector.fromMemorySegment(Lanes.F, x, from + further + i, Lanes.ORDER);
            a.mul(c).sub(b.mul(s)).intoMemorySegment(y, to + i, Lanes.ORDER);
            a.mul(s).add(b.mul(c)).intoMemorySegment(y, to + further + i, Lanes.ORDER);
        }
        for (int i = full; i < pairs; i++) {
            rotate(table, cos + 4L * i, x, from + 4L * i, y, to + 4L * i, further);
        }
    }

    private static void interleaved(
            RopeTable table, int position, MemorySegment x, long from, MemorySegment y, long to) {
        int pairs = table.pairs();
        long cos = table.offset(position);
        int full = pairs / (LANES / 2) * (LANES / 2);
        for (long i = 0; i < 4L * full; i += 2L * LANES) {
            // Only the first half of the cosines and sines is of use; the table has memory behind its end.
            FloatVector c = FloatVector.fromMemorySegment(Lanes.F, table.data(), cos + i, Lanes.ORDER)
                    .rearrange(DOUBLED);
            FloatVector s = FloatVector.fromMemorySegment(Lanes.F, table.data(), cos + 4L * pairs + i, Lanes.ORDER)
                    .rearrange(DOUBLED);
            FloatVector a = FloatVector.fromMemorySegment(Lanes.F, x, from + 2 * i, Lanes.ORDER);
            FloatVector b = a.rearrange(SWAPPED);
            a.mul(c).add(b.mul(s).mul(SIGNS)).intoMemorySegment(y, to + 2 * i, Lanes.ORDER);
        }
        for (int i = full; i < pairs; i++) {
            rotate(table, cos + 4L * i, x, from + 8L * i, y, to + 8L * i, 4);
        }
    }

    /** One pair, its numbers {@code further} bytes apart. */
    private static void rotate(
            RopeTable table, long cos, MemorySegment x, long from, MemorySegment y, long to, long further) {
        float c = Lanes.single(table.data(), cos);
        float s = Lanes.single(table.data(), cos + 4L * table.pairs());
        float a = Lanes.single(x, from);
        float b = Lanes.single(x, from + further);
        y.set(Matrix.F32, to, a * c - b * s);
        y.set(Matrix.F32, to + further, a * s + b * c);
    }
}
