package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·(q - 16)}, q of 5 bits.
 *
 * <p>Block of 32: {@code half d; int high; byte q[16]}; low nibbles are weights 0-15, high nibbles 16-31, and bit i of
 * {@code high} is weight i's fifth bit.
 */
final class Q5_0 implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q5_0;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset);
        int high = data.get(I32, offset + 2);
        for (int i = 0; i < 16; i++) {
            int q = BlockCodec.unsigned(data, offset + 6 + i);
            out[at + i] = d * (((q & 15) | (high >>> i & 1) << 4) - 16);
            out[at + 16 + i] = d * ((q >> 4 | (high >>> (i + 16) & 1) << 4) - 16);
        }
    }
}
