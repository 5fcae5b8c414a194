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
    public int run() {
        return 16;
    }

    @Override
    public int zero() {
        return 4;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return BlockCodec.half(data, block + 108) * (scaleCode(data, block + 96, run) - 32);
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        long quants = block + 32 + part / 4 * 32L;
        int shift = part % 4 * 2;
        for (int i = 0; i < 32; i++) {
            int low = BlockCodec.unsigned(data, quants + i) >> shift & 3;
            int third = BlockCodec.unsigned(data, block + i) >> part & 1;
            out[i] = low | third << 2;
        }
    }

    private static int scaleCode(MemorySegment data, long scales, int i) {
        int low = BlockCodec.unsigned(data, scales + i % 8) >> (i / 8 * 4) & 15;
        int high = BlockCodec.unsigned(data, scales + 8 + i % 4) >> (i / 4 * 2) & 3;
        return low | high << 4;
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        for (int i = 0; i < 32; i++) {
            int third = 0;
            for (int part = 0; part < 8; part++) {
                third |= (codes.quants[32 * part + i] >> 2 & 1) << part;
            }
            BlockCodec.put(out, block + i, third);
        }
        Q2_K.packPairs(codes.quants, out, block + 32);
        int[] s = codes.scales;
        for (int i = 0; i < 8; i++) {
            BlockCodec.put(out, block + 96 + i, (s[i] & 15) | ((s[i + 8] & 15) << 4));
        }
        for (int i = 0; i < 4; i++) {
            int high = (s[i] >> 4) | (s[i + 4] >> 4 << 2) | (s[i + 8] >> 4 << 4) | (s[i + 12] >> 4 << 6);
            BlockCodec.put(out, block + 104 + i, high);
        }
        BlockCodec.putHalf(out, block + 108, codes.d);
    }
}
