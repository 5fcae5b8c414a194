package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.Activation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Emitted functions of one variable over the whole range of float32, against double precision. */
class EmittedFunctionsTest {
    /** Where the exponential of a sum leaves the range of float32, its quotient does so a little earlier. */
    private static final double TINY = 1e-35;

    @BeforeAll
    static void needsTheProcessor() {
        Assumptions.assumeTrue(EmittedKernels.isPossible(), "the processor lacks AVX2, FMA or F16C");
    }

    @Test
    void exp() {
        EmittedFunction exp = new EmittedFunction(
                a -> EmittedLoop.emit(a, false, b -> EmittedExp.emit(b, EmittedLoop.X, EmittedLoop.Z, Simd.vec(3))));
        assertEquals(1, apply(exp, 0)[0]);
        assertEquals(1, apply(exp, -0f)[0]);
        assertEquals(0, apply(exp, Float.NEGATIVE_INFINITY)[0]);
        assertEquals(Float.POSITIVE_INFINITY, apply(exp, Float.POSITIVE_INFINITY)[0]);
        assertTrue(Float.isNaN(apply(exp, Float.NaN)[0]));
        sweep("exp", exp, Math::exp, 1.5);
    }

    /** The bounds leave room for the arguments' rounding: an exponential magnifies it as its argument grows. */
    @Test
    void activations() {
        sweep("silu", EmittedActivations.alone(Activation.SILU), x -> x / (1 + Math.exp(-x)), 3);
        sweep("relu", EmittedActivations.alone(Activation.RELU), x -> Math.max(x, 0), 0);
        sweep("gelu", EmittedActivations.alone(Activation.GELU), x -> x * normal(x), 6);
        EmittedFunction geluTanh = EmittedActivations.alone(Activation.GELU_TANH);
        sweep("gelu tanh", geluTanh, 1, EmittedFunctionsTest::geluTanh, 6);
        sweep("gelu tanh", geluTanh, Float.MAX_VALUE, EmittedFunctionsTest::geluTanh, 160);
    }

    private static double geluTanh(double x) {
        return x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /** Φ: a series about 0 (Abramowitz and Stegun 26.2.11), Laplace's continued fraction beyond 3 (26.2.14). */
    private static double normal(double x) {
        double a = Math.abs(x);
        double density = Math.exp(-a * a / 2) / Math.sqrt(2 * Math.PI);
        if (a < 3) {
            double term = x;
            double sum = 0;
            for (int n = 1; n < 100; n++) {
                sum += term;
                term *= x * x / (2 * n + 1);
            }
            return 0.5 + density * sum;
        }
        double fraction = 0;
        for (int n = 100; n > 0; n--) {
            fraction = n / (a + fraction);
        }
        double tail = density / (a + fraction);
        return x < 0 ? tail : 1 - tail;
    }

    @Test
    void tanh() {
        sweep("tanh", new EmittedFunction(a -> EmittedLoop.emit(a, false, EmittedArithmetic::tanh)), Math::tanh, 4);
    }

    /** Every float whose bits are a multiple of a prime: all exponents, both signs. */
    private static void sweep(String name, EmittedFunction f, DoubleUnaryOperator exact, double bound) {
        sweep(name, f, Float.POSITIVE_INFINITY, exact, bound);
    }

    /** Those up to {@code limit}. */
    private static void sweep(String name, EmittedFunction f, float limit, DoubleUnaryOperator exact, double bound) {
        int n = 4096;
        float[] x = new float[n];
        double worst = 0;
        float worstAt = 0;
        long bits = Integer.MIN_VALUE;
        while (bits <= Integer.MAX_VALUE) {
            for (int i = 0; i < n; i++, bits += 4099) {
                float v = Float.intBitsToFloat((int) Math.min(bits, Integer.MAX_VALUE));
                x[i] = Math.abs(v) <= limit ? v : 0;
            }
            float[] y = apply(f, x);
            for (int i = 0; i < n; i++) {
                double e = exact.applyAsDouble(x[i]);
                if (Math.abs((float) e) == Float.POSITIVE_INFINITY || Double.isNaN(e)) {
                    assertEquals((float) e, y[i], name + " of " + x[i]);
                    continue;
                }
                if (Math.abs(e) < TINY && Math.abs(y[i]) < TINY) {
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
