package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code w = absmax·value[q]}, q of 4 bits choosing among the sixteen values of NormalFloat: what a normal distribution makes
 * about equally frequent, from -1 to 1. Dettmers et al. 2023 (QLoRA), arXiv:2305.14314, appendix E.
 *
 * <p>Block of 64: {@code half absmax; byte q[2][16]}; in each half block low nibbles are weights 0-15, high nibbles 16-31. QLoRA keeps
 * absmax in float32, or in 8 bits with a scale of their own; float16 is between the two, 4.25 bits a weight in all.
 *
 * <p>Products with int8 inputs, whose own rounding is 1/254 of the largest, take the values as 127ths: at most 1/254 of absmax
 * beside the exact ones, where the sixteen are at least 1/13 of absmax apart. {@link #decode} is exact.
 */
public final class NF4 implements BlockCodec, Encoder {
    private static final int BLOCK = 64;

    private static final float[] VALUES = {
        -1f,
        -0.6961928f,
        -0.52507305f,
        -0.3949175f,
        -0.28444138f,
        -0.18477343f,
        -0.091050036f,
        0f,
        0.0795803f,
        0.1609302f,
        0.2461123f,
        0.33791524f,
        0.44070983f,
        0.562617f,
        0.72295684f,
        1f
    };

    private static final int[] LEVELS = levels();
    private static final int ZERO = 128;

    NF4() {}

    /** The values, in the order of their numbers. */
    public static float[] values() {
        return VALUES.clone();
    }

    /** The values in 127ths, rounded, in the order of their numbers. */
    public static int[] levels() {
        int[] levels = new int[VALUES.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = Math.round(127 * VALUES[i]);
        }
        return levels;
    }

    @Override
    public TensorType type() {
        return TensorType.NF4;
    }

    @Override
    public int run() {
        return 32;
    }

    @Override
    public int zero() {
        return ZERO;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return BlockCodec.half(data, block) * (1 / 127f);
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        BlockCodec.nibbles(data, block + 2 + 16L * part, out);
        for (int i = 0; i < PART; i++) {
            out[i] = LEVELS[out[i]] + ZERO;
        }
    }

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at, int count) {
        int[] numbers = new int[PART];
        for (int i = 0; i < count; i += PART) {
            long block = offset + (long) (i / BLOCK) * type().blockBytes();
            float absmax = BlockCodec.half(data, block);
            BlockCodec.nibbles(data, block + 2 + i % BLOCK / 2, numbers);
            for (int j = 0; j < PART; j++) {
                out[at + i + j] = absmax * VALUES[numbers[j]];
            }
        }
    }

    /** The value nearest to {@code w/absmax}, absmax being the largest magnitude, rounded to float16; of two as near, the smaller. */
    @Override
    public void encode(float[] in, int at, int count, MemorySegment out, long offset) {
        for (int i = 0; i < count; i += BLOCK) {
            long block = offset + (long) (i / BLOCK) * type().blockBytes();
            float max = 0;
            for (int j = 0; j < BLOCK; j++) {
                max = Math.max(max, Math.abs(in[at + i + j]));
            }
            short half = Float.floatToFloat16(max);
            float absmax = Float.float16ToFloat(half);
            out.set(I16, block, half);
            for (int part = 0; part < BLOCK; part += PART) {
                for (int j = 0; j < PART / 2; j++) {
                    int low = nearest(in[at + i + part + j], absmax);
                    int high = nearest(in[at + i + part + PART / 2 + j], absmax);
                    out.set(ValueLayout.JAVA_BYTE, block + 2 + part / 2 + j, (byte) (low | high << 4));
                }
            }
        }
    }

    private static int nearest(float w, float absmax) {
        if (absmax == 0) {
            return 7;
        }
        int best = 0;
        for (int i = 1; i < VALUES.length; i++) {
            if (Math.abs((double) w - (double) absmax * VALUES[i])
                    < Math.abs((double) w - (double) absmax * VALUES[best])) {
                best = i;
            }
        }
        return best;
    }
}
