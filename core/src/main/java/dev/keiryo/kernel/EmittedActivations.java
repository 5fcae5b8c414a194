package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.EmittedLoop.X;
import static dev.keiryo.kernel.EmittedLoop.Z;
import static dev.keiryo.kernel.Simd.all;
import static java.util.Objects.requireNonNull;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import dev.keiryo.tensor.Activation;
import java.util.EnumMap;
import java.util.Map;

/** {@link Activation}s in machine code, alone and as gates. */
final class EmittedActivations {
    private static final Map<Activation, EmittedFunction> ALONE = new EnumMap<>(Activation.class);
    private static final Map<Activation, EmittedFunction> GATES = new EnumMap<>(Activation.class);

    static {
        for (Activation f : Activation.values()) {
            ALONE.put(f, new EmittedFunction(a -> EmittedLoop.emit(a, false, b -> emit(b, f))));
            GATES.put(
                    f,
                    new EmittedFunction(a -> EmittedLoop.emit(a, true, b -> {
                        emit(b, f);
                        b.emit(VMULPS, X, X, Z);
                    })));
        }
    }

    private static final double GELU_LINEAR = 2 * Math.sqrt(2 / Math.PI);
    private static final double GELU_CUBIC = GELU_LINEAR * 0.044715;

    /**
     * {@code Φ(-x)·exp(x²/2)}, Φ being the normal distribution, for x from 0 to 14.5: a polynomial in
     * {@code 1/(1 + 0.3x)} from the constant term up, minimax in relative error, 6e-8.
     */
    private static final float[] TAIL = {
        7.37239e-6f,
        0.11948421f,
        0.12194526f,
        0.09458586f,
        0.14276528f,
        -0.07683968f,
        0.2289518f,
        -0.16930747f,
        0.038407397f
    };

    private static final double TAIL_SCALE = 0.3;
    /** Beyond it the tail is 0 in float32. */
    private static final double TAIL_END = 14.5;

    private static final Vec T1 = Simd.vec(3);
    private static final Vec T2 = Simd.vec(4);
    private static final Vec T3 = Simd.vec(5);
    private static final Vec T4 = Simd.vec(6);
    private static final Vec T5 = Simd.vec(7);
    private static final Operand NEGATIVE = Simd.mask(2, 8);

    private EmittedActivations() {}

    /** {@code y = f(x)}. */
    static EmittedFunction alone(Activation f) {
        return requireNonNull(ALONE.get(f));
    }

    /** {@code y = f(x) ⊙ z}. */
    static EmittedFunction gate(Activation f) {
        return requireNonNull(GATES.get(f));
    }

    private static void emit(Assembler a, Activation f) {
        switch (f) {
            case SILU -> {
                a.emit(VXORPS, T1, X, all(a, -0.0));
                timesSigmoid(a);
            }
            // x/2·(1 + tanh u) = x·σ(2u)
            case GELU_TANH -> {
                a.emit(VMULPS, T1, X, X);
                a.emit(VBROADCASTSS, T2, a.constant((float) -GELU_CUBIC));
                a.emit(VFMADD213PS, T1, T2, all(a, -GELU_LINEAR));
                a.emit(VMULPS, T1, T1, X);
                timesSigmoid(a);
            }
            case GELU -> gelu(a);
            // x as the last operand is what comes out where it is NaN.
            case RELU -> {
                a.emit(VXORPS, T1, T1, T1);
                a.emit(VMAXPS, X, T1, X);
            }
        }
    }

    /** {@code x·σ(u)}, -u being in T1. */
    private static void timesSigmoid(Assembler a) {
        EmittedExp.emit(a, T1, T2, T3);
        a.emit(VADDPS, T1, T1, all(a, 1.0));
        a.emit(VDIVPS, X, X, T1);
    }

    /** {@code x·Φ(x)}, from {@code t = Φ(-|x|)}: x·t for negative x, else x·(1 - t). Nothing cancels. */
    private static void gelu(Assembler a) {
        a.emit(VANDPS, T1, X, all(a, Integer.MAX_VALUE));
        a.emit(VBROADCASTSS, T2, a.constant((float) TAIL_END));
        a.emit(VMINPS, T1, T2, T1);
        // exp(-x²/2) from the rounded square, then corrected by what the rounding lost.
        a.emit(VMULPS, T2, T1, T1);
        a.emit(VMOVAPS, T3, T2);
        a.emit(VFMSUB231PS, T3, T1, T1);
        a.emit(VMULPS, T3, T3, all(a, 0.5));
        a.emit(VMULPS, T2, T2, all(a, -0.5));
        EmittedExp.emit(a, T2, T4, T5);
        a.emit(VFNMADD231PS, T2, T2, T3);
        a.emit(VBROADCASTSS, T4, a.constant(1f));
        a.emit(VBROADCASTSS, T3, a.constant((float) TAIL_SCALE));
        a.emit(VFMADD213PS, T1, T3, T4);
        a.emit(VDIVPS, T1, T4, T1);
        a.emit(VBROADCASTSS, T3, a.constant(TAIL[TAIL.length - 1]));
        for (int i = TAIL.length - 2; i >= 0; i--) {
            a.emit(VFMADD213PS, T3, T1, all(a, TAIL[i]));
        }
        a.emit(VMULPS, T2, T2, T3);
        Simd.clear(a, T5);
        Simd.below(a, NEGATIVE, X, T5);
        a.emit(VSUBPS, T3, T4, T2);
        Simd.choose(a, NEGATIVE, T2, T3, T2);
        a.emit(VMULPS, X, X, T2);
    }
}
