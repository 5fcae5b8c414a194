package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Rows of Q8_0. */
final class VectorQ8_0 implements VectorRows {
    static final VectorQ8_0 ROWS = new VectorQ8_0();
    private static final int BLOCK = 32;
    private static final int BYTES = 34;

    private VectorQ8_0() {}

    @Override
    public float dot(MemorySegment w, long offset, MemorySegment x, long xOffset, int n) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        for (int b = 0; b < n / BLOCK; b++) {
            long block = offset + (long) b * BYTES;
            FloatVector d = FloatVector.broadcast(Lanes.F, Lanes.half(w, block));
            long xBlock = xOffset + 4L * BLOCK * b;
            for (int i = 0; i < BLOCK; i += LANES) {
                acc = weights(w, block, i, d).fma(Lanes.floats(x, xBlock + 4L * i), acc);
            }
        }
        return Lanes.sum(acc);
    }

    @Override
    public void decode(MemorySegment w, long offset, float[] out, int at, int n) {
        for (int b = 0; b < n / BLOCK; b++) {
            long block = offset + (long) b * BYTES;
            FloatVector d = FloatVector.broadcast(Lanes.F, Lanes.half(w, block));
            for (int i = 0; i < BLOCK; i += LANES) {
                weights(w, block, i, d).intoArray(out, at + b * BLOCK + i);
            }
        }
    }

    private static FloatVector weights(MemorySegment w, long block, int i, FloatVector d) {
        return Lanes.toFloat(Lanes.signedBytes(w, block + 2 + i)).mul(d);
    }
}
