package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = (d·(s - 32))·(q - 4)}, q of 3 bits, s of 6 bits for each 16 weights.
 *
 * <p>Block of 256: {@code byte high[32]; byte q[64]; byte scales[12]; half d}. The low two bits of q lie as in
 * {@link Q2_K}; bit j of {@code high} is the third bit of the weights 32j to 32j+31. Scale i's low four bits are a
 * nibble of {@code scales[i % 8]}, its high two bits those from bit 2⌊i/4⌋ of {@code scales[8 + i % 4]}.
 */
final class Q3_K implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q3_K;
    }

    @Override
    public void decodeBlock(MemorySegment data, long offset, float[] out, int at) {
        float d = BlockCodec.half(data, offset + 108);
        for (int group = 0; group < 16; group++) {
            float s = d * (scale(data, offset + 96, group) - 32);
            long high = offset + group % 2 * 16L;
            long quants = offset + 32 + group / 8 * 32L + group % 2 * 16L;
            int shift = group % 8 / 2 * 2;
            for (int i = 0; i < 16; i++) {
                int low = BlockCodec.unsigned(data, quants + i) >> shift & 3;
                int third = BlockCodec.unsigned(data, high + i) >> (group / 2) & 1;
                out[at + 16 * group + i] = s * ((low | third << 2) - 4);
            }
        }
    }

    private static int scale(MemorySegment data, long scales, int i) {
        int low = BlockCodec.unsigned(data, scales + i % 8) >> (i / 8 * 4) & 15;
        int high = BlockCodec.unsigned(data, scales + 8 + i % 4) >> (i / 4 * 2) & 3;
        return low | high << 4;
    }
}
