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
    public int run() {
        return 16;
    }

    @Override
    public boolean hasOffset() {
        return true;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return BlockCodec.half(data, block + 80) * (BlockCodec.unsigned(data, block + run) & 15);
    }

    @Override
    public float offset(MemorySegment data, long block, int run) {
        return -(BlockCodec.half(data, block + 82) * (BlockCodec.unsigned(data, block + run) >> 4));
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        long quants = block + 16 + part / 4 * 32L;
        int shift = part % 4 * 2;
        for (int i = 0; i < 32; i++) {
            out[i] = BlockCodec.unsigned(data, quants + i) >> shift & 3;
        }
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        for (int i = 0; i < 16; i++) {
            BlockCodec.put(out, block + i, codes.scales[i] | codes.minima[i] << 4);
        }
        packPairs(codes.quants, out, block + 16);
        BlockCodec.putHalf(out, block + 80, codes.d);
        BlockCodec.putHalf(out, block + 82, codes.m);
    }

    /** The low two bits of 256 codes, as this format lays them out. */
    static void packPairs(int[] quants, MemorySegment out, long at) {
        for (int half = 0; half < 2; half++) {
            for (int i = 0; i < 32; i++) {
                int bits = 0;
                for (int j = 0; j < 4; j++) {
                    bits |= (quants[128 * half + 32 * j + i] & 3) << (2 * j);
                }
                BlockCodec.put(out, at + 32L * half + i, bits);
            }
        }
    }
}
