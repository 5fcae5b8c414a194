package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Rows of Q4_0. */
final class VectorQ4_0 implements VectorRows {
    static final VectorQ4_0 ROWS = new VectorQ4_0();
    private static final int BLOCK = 32;
    private static final int HALF = 16;
    private static final int BYTES = 18;

    private VectorQ4_0() {}

    @Override
    public float dot(MemorySegment w, long offset, MemorySegment x, long xOffset, int n) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int b = 0; b < n / BLOCK; b++) {
            long block = offset + (long) b * BYTES;
            FloatVector d = FloatVector.broadcast(Lanes.F, Lanes.half(w, block));
            long xBlock = xOffset + 4L * BLOCK * b;
            for (int i = 0; i < HALF; i += LANES) {
                acc = low(w, block, i, d).fma(Lanes.floats(x, xBlock + 4L * i), acc);
            }
            for (int i = 0; i < HALF; i += LANES) {
                acc = high(w, block, i, d).fma(Lanes.floats(x, xBlock + 4L * (HALF + i)), acc);
            }
        }
        return Lanes.sum(acc);
    }

    @Override
    public void decode(MemorySegment w, long offset, float[] out, int at, int n) {
        for (int b = 0; b < n / BLOCK; b++) {
            long block = offset + (long) b * BYTES;
            FloatVector d = FloatVector.broadcast(Lanes.F, Lanes.half(w, block));
            for (int i = 0; i < HALF; i += LANES) {
                low(w, block, i, d).intoArray(out, at + b * BLOCK + i);
                high(w, block, i, d).intoArray(out, at + b * BLOCK + HALF + i);
            }
        }
    }

    private static FloatVector low(MemorySegment w, long block, int i, FloatVector d) {
        return Lanes.toFloat(Lanes.bytes(w, block + 2 + i).and(15).sub(8)).mul(d);
    }

    private static FloatVector high(MemorySegment w, long block, int i, FloatVector d) {
        return Lanes.toFloat(Lanes.bytes(w, block + 2 + i)
                        .lanewise(VectorOperators.LSHR, 4)
                        .sub(8))
                .mul(d);
    }
}
