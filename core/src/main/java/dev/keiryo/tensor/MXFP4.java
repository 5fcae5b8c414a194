package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = 2^(e-127)·f}, f a 4-bit float E2M1: one sign, two exponent, one mantissa bit. OCP Microscaling Formats
 * specification 1.0.
 *
 * <p>Block of 32: {@code byte e; byte f[16]}; low nibbles are weights 0-15, high nibbles 16-31.
 */
final class MXFP4 implements BlockCodec {
    /** Twice the values, as GGML has them: integers. */
    private static final int[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    @Override
    public TensorType type() {
        return TensorType.MXFP4;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float half = Math.scalb(1f, BlockCodec.unsigned(data, offset) - 128);
        for (int i = 0; i < 16; i++) {
            int q = BlockCodec.unsigned(data, offset + 1 + i);
            out[at + i] = half * DOUBLED[q & 15];
            out[at + 16 + i] = half * DOUBLED[q >> 4];
        }
    }
}
