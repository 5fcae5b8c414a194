package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/** {@code x·σ(u)} in vector code: SiLU with {@code u = x}, and the tanh form of GELU, as {@code x/2·(1 + tanh u) = x·σ(2u)}. */
final class VectorSigmoid {
    private static final float GELU_LINEAR = (float) (2 * Math.sqrt(2 / Math.PI));
    private static final float GELU_CUBIC = (float) (2 * Math.sqrt(2 / Math.PI) * 0.044715);

    /** One vector. */
    private static final MemorySegment ONES = ones();

    private VectorSigmoid() {}

    private static MemorySegment ones() {
        MemorySegment ones = Arena.ofAuto().allocate(4L * LANES, 64);
        for (int i = 0; i < LANES; i++) {
            ones.setAtIndex(Matrix.F32, i, 1);
        }
        return ones.asReadOnly();
    }

    /** Whether {@code f} is one of them. */
    static boolean covers(Activation f) {
        return f == Activation.SILU || f == Activation.GELU_TANH;
    }

    /**
     * {@code y = f(x)}, or {@code f(x)·up}, in bytes {@code [at, end)} of all three.
     *
     * @return where the last whole vector ended
     */
    static long apply(Activation f, MemorySegment x, @Nullable MemorySegment up, MemorySegment y, long at, long end) {
        long whole = at + (end - at) / (4L * LANES) * (4L * LANES);
        float linear = f == Activation.SILU ? 1 : GELU_LINEAR;
        float cubic = f == Activation.SILU ? 0 : GELU_CUBIC;
        // One call: inlined twice, so many operations on vectors might be too many for the compiler to keep them all in
        // registers.
        long step = up == null ? 0 : 4L * LANES;
        apply(linear, cubic, x, up == null ? ONES : up, up == null ? 0 : at, step, y, at, whole);
        return whole;
    }

    /** The same for one number, to the bit. */
    static float one(Activation f, float x) {
        float u = f == Activation.SILU ? x : (Math.min(x * x, Float.MAX_VALUE) * GELU_CUBIC + GELU_LINEAR) * x;
        return x / (Lanes.exp(-u) + 1);
    }

    /** Whole vectors, {@link Lanes#exp} written out for vectors: a method that returned them would make objects of them. */
    private static void apply(
            float linear,
            float cubic,
            MemorySegment x,
            MemorySegment up,
            long upAt,
            long upStep,
            MemorySegment y,
            long at,
            long end) {
        for (; at < end; at += 4L * LANES) {
            FloatVector v = FloatVector.fromMemorySegment(Lanes.F, x, at, Lanes.ORDER);
            // With 0·x² + 1, where x² must not be infinite, u is x itself.
            FloatVector u = v.mul(v).min(Float.MAX_VALUE).mul(cubic).add(linear).mul(v);
            FloatVector e = u.neg().max(-104f).min(89f);
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
            v.div(p.mul(lower).mul(upper).add(1))
                    .mul(FloatVector.fromMemorySegment(Lanes.F, up, upAt, Lanes.ORDER))
                    .intoMemorySegment(y, at, Lanes.ORDER);
            upAt += upStep;
        }
    }
}
