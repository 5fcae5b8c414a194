package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = (d·s)·q - (dmin·m)}, q of 4 bits, s and m of 6 bits for each 32 weights.
 *
 * <p>Block of 256: {@code half d; half dmin; byte scales[12]; byte q[128]}. Each 32 bytes of q hold 64 weights: the low
 * nibbles, then the high ones.
 */
final class Q4_K implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q4_K;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset);
        float dmin = BlockCodec.half(data, offset + 2);
        for (int group = 0; group < 8; group++) {
            float s = d * KScales.scale(data, offset + 4, group);
            float m = dmin * KScales.min(data, offset + 4, group);
            long quants = offset + 16 + group / 2 * 32L;
            int shift = group % 2 * 4;
            for (int i = 0; i < 32; i++) {
                out[at + 32 * group + i] = s * (BlockCodec.unsigned(data, quants + i) >> shift & 15) - m;
            }
        }
    }
}
