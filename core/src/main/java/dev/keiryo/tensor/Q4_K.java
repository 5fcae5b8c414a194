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
    public int run() {
        return 32;
    }

    @Override
    public boolean hasOffset() {
        return true;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return BlockCodec.half(data, block) * KScales.scale(data, block + 4, run);
    }

    @Override
    public float offset(MemorySegment data, long block, int run) {
        return -(BlockCodec.half(data, block + 2) * KScales.min(data, block + 4, run));
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        long quants = block + 16 + part / 2 * 32L;
        int shift = part % 2 * 4;
        for (int i = 0; i < 32; i++) {
            out[i] = BlockCodec.unsigned(data, quants + i) >> shift & 15;
        }
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        BlockCodec.putHalf(out, block + 2, codes.m);
        KScales.pack(codes.scales, codes.minima, out, block + 4);
        packNibblePairs(codes.quants, out, block + 16);
    }

    /** The low four bits of 256 codes, as this format lays them out. */
    static void packNibblePairs(int[] quants, MemorySegment out, long at) {
        for (int pair = 0; pair < 4; pair++) {
            for (int i = 0; i < 32; i++) {
                int low = quants[64 * pair + i] & 15;
                BlockCodec.put(out, at + 32L * pair + i, low | ((quants[64 * pair + 32 + i] & 15) << 4));
            }
        }
    }
}
