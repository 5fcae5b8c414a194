package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@code y = cap·tanh(scale·x / cap)} in vector code. */
final class VectorSoftcap {
    private VectorSoftcap() {}

    /**
     * Whole vectors from {@code at} on in both, {@link Lanes#tanh} written out for vectors: a method that returned them would make
     * objects of them.
     *
     * @return where the last whole vector before {@code end} ended
     */
    static long apply(float scale, float cap, MemorySegment x, MemorySegment y, long at, long end) {
        for (; at + 4L * LANES <= end; at += 4L * LANES) {
            FloatVector v = FloatVector.fromMemorySegment(Lanes.F, x, at, Lanes.ORDER)
                    .mul(scale)
                    .div(cap);
            FloatVector e = v.abs().mul(-2).max(-104f).min(89f);
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
            FloatVector exp = p.mul(lower).mul(upper);
            FloatVector large = FloatVector.broadcast(Lanes.F, 1).sub(exp).div(exp.add(1));
            FloatVector z = v.mul(v);
            FloatVector small = FloatVector.broadcast(Lanes.F, 62f / 2835)
                    .fma(z, FloatVector.broadcast(Lanes.F, -17f / 315))
                    .fma(z, FloatVector.broadcast(Lanes.F, 2f / 15))
                    .fma(z, FloatVector.broadcast(Lanes.F, -1f / 3))
                    .mul(z)
                    .fma(v, v);
            large.blend(large.neg(), v.lt(0))
                    .blend(small, z.lt(1f / 16))
                    .mul(cap)
                    .intoMemorySegment(y, at, Lanes.ORDER);
        }
        return at;
    }
}
