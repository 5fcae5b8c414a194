package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Rows of F16. */
final class VectorF16 implements VectorRows {
    static final VectorF16 ROWS = new VectorF16();
    /** Shifted into place, a binary16 is a binary32 whose exponent is too small by the difference of the biases. */
    private static final float BIAS = 0x1p112f;

    private static final int SIGN_AND_MAGNITUDE = 0x8fffe000;
    private static final int INFINITE = 0x7f800000;

    private VectorF16() {}

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

    /** Subnormals come out right, as the multiplication normalizes them; infinities and NaNs need their exponent. */
    private static FloatVector widen(IntVector half) {
        FloatVector v = half.lanewise(VectorOperators.LSHL, 13)
                .and(SIGN_AND_MAGNITUDE)
                .reinterpretAsFloats()
                .mul(BIAS);
        IntVector special = v.reinterpretAsInts().or(INFINITE);
        return v.blend(special.reinterpretAsFloats(), v.abs().compare(VectorOperators.GE, 0x1p16f));
    }
}
