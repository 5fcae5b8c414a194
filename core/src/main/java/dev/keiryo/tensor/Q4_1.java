package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·q + m}, q of 4 bits.
 *
 * <p>Block of 32: {@code half d; half m; byte q[16]}; low nibbles are weights 0-15, high nibbles 16-31.
 */
final class Q4_1 implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q4_1;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset);
        float m = BlockCodec.half(data, offset + 2);
        for (int i = 0; i < 16; i++) {
            int q = BlockCodec.unsigned(data, offset + 4 + i);
            out[at + i] = d * (q & 15) + m;
            out[at + 16 + i] = d * (q >> 4) + m;
        }
    }
}
