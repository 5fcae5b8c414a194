package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Vec;

/** {@code eˣ} in machine code. */
final class EmittedExp {
    private static final double LN_2 = Math.log(2);
    /** Below, the result is 0; above, infinity. */
    private static final float LEAST = -104;

    private static final float GREATEST = 89;

    /** {@code (eʳ - 1 - r)/r²} for {@code |r| ≤ ln(2)/2}, from the constant term up: minimax, 3e-9 of eʳ. */
    private static final float[] REST = {0.49999994f, 0.16666521f, 0.04166839f, 0.008368745f, 0.001381454f};

    private EmittedExp() {}

    /**
     * Replaces each number of {@code x} by its exponential, within two units in the last place: 1 for 0, 0 for -∞, +∞ for
     * +∞ and where it leaves float32's range, subnormals rounded, NaN for NaN. {@code t1} and {@code t2} are overwritten; all
     * three have the same width, any.
     *
     * <p>{@code x = n·ln 2 + r} with {@code |r| ≤ ln(2)/2}; {@code eʳ = 1 + r + r²·q(r)}, times 2ⁿ.
     */
    static void emit(Assembler a, Vec x, Vec t1, Vec t2) {
        // x as the last operand is what comes out where it is NaN.
        a.emit(VBROADCASTSS, t1, a.constant(LEAST));
        a.emit(VMAXPS, x, t1, x);
        a.emit(VBROADCASTSS, t1, a.constant(GREATEST));
        a.emit(VMINPS, x, t1, x);
        a.emit(VMULPS, t1, x, Simd.all(a, 1 / LN_2));
        Simd.round(a, t1, t1);
        a.emit(VFNMADD231PS, x, t1, Simd.all(a, LN_2));
        a.emit(VFNMADD231PS, x, t1, Simd.all(a, LN_2 - (float) LN_2));
        a.emit(VBROADCASTSS, t2, a.constant(REST[REST.length - 1]));
        for (int i = REST.length - 2; i >= 0; i--) {
            a.emit(VFMADD213PS, t2, x, Simd.all(a, REST[i]));
        }
        a.emit(VFMADD213PS, t2, x, Simd.all(a, 1.0));
        a.emit(VFMADD213PS, t2, x, Simd.all(a, 1.0));
        Simd.scale(a, x, t2, t1);
    }
}
