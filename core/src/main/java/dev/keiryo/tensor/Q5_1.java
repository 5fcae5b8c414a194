package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·q + m}, q of 5 bits.
 *
 * <p>Block of 32: {@code half d; half m; int high; byte q[16]}, the quants as in {@link Q5_0}.
 */
final class Q5_1 implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q5_1;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset);
        float m = BlockCodec.half(data, offset + 2);
        int high = data.get(I32, offset + 4);
        for (int i = 0; i < 16; i++) {
            int q = BlockCodec.unsigned(data, offset + 8 + i);
            out[at + i] = d * ((q & 15) | (high >>> i & 1) << 4) + m;
            out[at + 16 + i] = d * (q >> 4 | (high >>> (i + 16) & 1) << 4) + m;
        }
    }
}
