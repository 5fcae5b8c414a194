package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·(q - 8)}, q of 4 bits.
 *
 * <p>Block of 32: {@code half d; byte q[16]}; low nibbles are weights 0-15, high nibbles 16-31.
 */
final class Q4_0 implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q4_0;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset);
        for (int i = 0; i < 16; i++) {
            int q = BlockCodec.unsigned(data, offset + 2 + i);
            out[at + i] = d * ((q & 15) - 8);
            out[at + 16 + i] = d * ((q >> 4) - 8);
        }
    }
}
