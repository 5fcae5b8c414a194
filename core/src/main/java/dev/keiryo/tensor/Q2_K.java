package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = (d·s)·q - (dmin·m)}, q of 2 bits, s and m of 4 bits for each 16 weights.
 *
 * <p>Block of 256: {@code byte scales[16]; byte q[64]; half d; half dmin}. A scale's low nibble is s, its high nibble m.
 * Each half of 128 weights has 32 bytes of q; its weights 32j to 32j+31 are bits 2j and 2j+1 of these.
 */
final class Q2_K implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q2_K;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset + 80);
        float dmin = BlockCodec.half(data, offset + 82);
        for (int group = 0; group < 16; group++) {
            int scale = BlockCodec.unsigned(data, offset + group);
            float s = d * (scale & 15);
            float m = dmin * (scale >> 4);
            long quants = offset + 16 + group / 8 * 32L + group % 2 * 16L;
            int shift = group % 8 / 2 * 2;
            for (int i = 0; i < 16; i++) {
                out[at + 16 * group + i] = s * (BlockCodec.unsigned(data, quants + i) >> shift & 3) - m;
            }
        }
    }
}
