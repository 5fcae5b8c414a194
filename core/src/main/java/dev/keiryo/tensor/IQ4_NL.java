package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·level[q]}, q of 4 bits choosing among sixteen unevenly spaced levels.
 *
 * <p>Block of 32: {@code half d; byte q[16]}; low nibbles are weights 0-15, high nibbles 16-31.
 */
final class IQ4_NL implements BlockCodec {
    private static final int[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    @Override
    public TensorType type() {
        return TensorType.IQ4_NL;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        decode32(BlockCodec.half(data, offset), data, offset + 2, out, at);
    }

    /** Decodes the 16 bytes at {@code quants} with the scale {@code d}. */
    static void decode32(float d, MemorySegment data, long quants, float[] out, int at) {
        for (int i = 0; i < 16; i++) {
            int q = BlockCodec.unsigned(data, quants + i);
            out[at + i] = d * LEVELS[q & 15];
            out[at + 16 + i] = d * LEVELS[q >> 4];
        }
    }
}
