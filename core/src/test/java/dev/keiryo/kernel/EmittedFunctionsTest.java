package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.assembler.Vec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Emitted functions of one variable over the whole range of float32, against double precision. */
class EmittedFunctionsTest {
    @BeforeAll
    static void needsTheProcessor() {
        Assumptions.assumeTrue(EmittedKernels.isPossible(), "the processor lacks AVX-512 or VNNI");
    }

    @Test
    void exp() {
        EmittedFunction exp = new EmittedFunction(
                a -> EmittedLoop.emit(a, false, b -> EmittedExp.emit(b, EmittedLoop.X, EmittedLoop.Z, Vec.zmm(3))));
        assertEquals(1, apply(exp, 0)[0]);
        assertEquals(1, apply(exp, -0f)[0]);
        assertEquals(0, apply(exp, Float.NEGATIVE_INFINITY)[0]);
        assertEquals(Float.POSITIVE_INFINITY, apply(exp, Float.POSITIVE_INFINITY)[0]);
        assertTrue(Float.isNaN(apply(exp, Float.NaN)[0]));
        sweep("exp", exp, Math::exp, 1.5);
    }

    /** Every float whose bits are a multiple of a prime: all exponents, both signs. */
    private static void sweep(String name, EmittedFunction f, DoubleUnaryOperator exact, double bound) {
        int n = 4096;
        float[] x = new float[n];
        double worst = 0;
        float worstAt = 0;
        long bits = Integer.MIN_VALUE;
        while (bits <= Integer.MAX_VALUE) {
            for (int i = 0; i < n; i++, bits += 4099) {
                float v = Float.intBitsToFloat((int) Math.min(bits, Integer.MAX_VALUE));
                x[i] = Float.isNaN(v) ? 0 : v;
            }
            float[] y = apply(f, x);
            for (int i = 0; i < n; i++) {
                double e = exact.applyAsDouble(x[i]);
                if (Math.abs((float) e) == Float.POSITIVE_INFINITY || Double.isNaN(e)) {
                    assertEquals((float) e, y[i], name + " of " + x[i]);
                    continue;
                }
                double error = Math.abs(y[i] - e) / Math.ulp((float) e);
                if (!(error <= worst)) {
                    worst = error;
                    worstAt = x[i];
                }
            }
        }
        assertTrue(worst <= bound, name + " is off by " + worst + " units in the last place at " + worstAt);
    }

    private static float[] apply(EmittedFunction f, float... x) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(ValueLayout.JAVA_FLOAT, x);
            MemorySegment out = arena.allocate(4L * x.length, 4);
            f.call(in.address(), 0, out.address(), x.length, 0, 0);
            return out.toArray(ValueLayout.JAVA_FLOAT);
        }
    }
}
