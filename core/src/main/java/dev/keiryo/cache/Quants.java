package dev.keiryo.cache;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;

/** The rounding of a block of numbers to small integers with a scale, which is rounded to float16 first. */
final class Quants {
    static final int BLOCK = 32;
    private static final float ROUND = 0x1.8p23f;

    private Quants() {}

    /** Q8_0's scale {@code max|x|/127} of {@code n} floats, as float16. */
    static short scale8(MemorySegment x, long at, int n) {
        float max = 0;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, Math.abs(x.get(Matrix.F32, at + 4L * i)));
        }
        return Float.floatToFloat16(max / 127);
    }

    /** Q4_0's scale {@code -m/8} of {@code n} floats, as float16: m, which has the largest magnitude, is met exactly. */
    static short scale4(MemorySegment x, long at, int n) {
        float max = 0;
        float extreme = 0;
        for (int i = 0; i < n; i++) {
            float v = x.get(Matrix.F32, at + 4L * i);
            extreme = Math.abs(v) > max ? v : extreme;
            max = Math.max(max, Math.abs(v));
        }
        return Float.floatToFloat16(Float.isNaN(max) ? max : extreme / -8);
    }

    /** {@code 1/scale}; 0 where the numbers are too small for a scale, and become 0. */
    static float inverse(short scale) {
        float s = Float.float16ToFloat(scale);
        return s == 0 ? 0 : 1 / s;
    }

    /** Number {@code i} of {@code n}, zeros following, as Q8_0's q. */
    static int q8(MemorySegment x, long at, int i, int n, float inverse) {
        return i < n ? Math.max(-127, Math.min(127, rounded(x.get(Matrix.F32, at + 4L * i) * inverse))) : 0;
    }

    /** Number {@code i} of {@code n}, zeros following, as Q4_0's q. */
    static int q4(MemorySegment x, long at, int i, int n, float inverse) {
        return i < n ? Math.max(-8, Math.min(7, rounded(x.get(Matrix.F32, at + 4L * i) * inverse))) + 8 : 8;
    }

    /** To the nearest, ties to even: 1.5·2²³ leaves a small number no room for a fraction. */
    private static int rounded(float x) {
        return Float.floatToRawIntBits(x + ROUND) - Float.floatToRawIntBits(ROUND);
    }
}
