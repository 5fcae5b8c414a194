package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Rows of BF16. */
final class VectorBF16 implements VectorRows {
    static final VectorBF16 ROWS = new VectorBF16();

    private VectorBF16() {}

    @Override
    public float dot(MemorySegment w, long offset, MemorySegment x, long xOffset, int n) {
        FloatVector acc = FloatVector.zero(Lanes.F);
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            acc = widen(Lanes.shorts(w, offset + 2L * c)).fma(Lanes.floats(x, xOffset + 4L * c), acc);
        }
        if (full < n) {
            acc = widen(Lanes.shorts(w, offset + 2L * full, n - full))
                    .fma(Lanes.floats(x, xOffset + 4L * full, n - full), acc);
        }
        return Lanes.sum(acc);
    }

    @Override
    public void decode(MemorySegment w, long offset, float[] out, int at, int n) {
        int full = Lanes.F.loopBound(n);
        for (int c = 0; c < full; c += LANES) {
            widen(Lanes.shorts(w, offset + 2L * c)).intoArray(out, at + c);
        }
        if (full < n) {
            widen(Lanes.shorts(w, offset + 2L * full, n - full))
                    .intoArray(out, at + full, Lanes.F.indexInRange(0, n - full));
        }
    }

    private static FloatVector widen(IntVector upper) {
        return upper.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }
}
