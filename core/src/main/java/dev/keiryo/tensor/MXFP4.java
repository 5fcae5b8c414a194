package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = 2^(e-127)·f}, f a 4-bit float E2M1: one sign, two exponent, one mantissa bit. OCP Microscaling Formats
 * specification 1.0.
 *
 * <p>Block of 32: {@code byte e; byte f[16]}; low nibbles are weights 0-15, high nibbles 16-31.
 */
public final class MXFP4 implements BlockCodec {
    /** Twice the values, as GGML has them: integers. */
    private static final int[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    MXFP4() {}

    /** Twice the values, in the order of their numbers. */
    public static int[] levels() {
        return DOUBLED.clone();
    }

    @Override
    public TensorType type() {
        return TensorType.MXFP4;
    }

    @Override
    public int run() {
        return 32;
    }

    @Override
    public int zero() {
        return 12;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return Math.scalb(1f, BlockCodec.unsigned(data, block) - 128);
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        BlockCodec.nibbles(data, block + 1, out);
        for (int i = 0; i < 32; i++) {
            out[i] = DOUBLED[out[i]] + 12;
        }
    }
}
