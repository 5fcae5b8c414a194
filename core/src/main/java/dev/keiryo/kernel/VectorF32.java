package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Rows of F32. */
final class VectorF32 implements VectorRows {
    static final VectorF32 ROWS = new VectorF32();

    private VectorF32() {}

    @Override
    public float dot(MemorySegment w, long offset, MemorySegment x, long xOffset, int n) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            acc = Lanes.floats(w, offset + 4L * c).fma(Lanes.floats(x, xOffset + 4L * c), acc);
        }
        if (full < n) {
            acc = Lanes.floats(w, offset + 4L * full, n - full)
                    .fma(Lanes.floats(x, xOffset + 4L * full, n - full), acc);
        }
        return Lanes.sum(acc);
    }

    @Override
    public void decode(MemorySegment w, long offset, float[] out, int at, int n) {
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            Lanes.floats(w, offset + 4L * c).intoArray(out, at + c);
        }
        if (full < n) {
            Lanes.floats(w, offset + 4L * full, n - full).intoArray(out, at + full, Lanes.F.indexInRange(0, n - full));
        }
    }
}
