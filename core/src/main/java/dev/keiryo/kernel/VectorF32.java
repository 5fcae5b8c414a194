package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** Rows of F32. */
final class VectorF32 {
    static final VectorF32 ROWS = new VectorF32();

    private VectorF32() {}

    float dot(MemorySegment w, long offset, MemorySegment x, long xOffset, int n) {
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
}
