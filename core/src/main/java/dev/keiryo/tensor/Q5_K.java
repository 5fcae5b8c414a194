package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = (d·s)·q - (dmin·m)}, q of 5 bits, s and m of 6 bits for each 32 weights.
 *
 * <p>Block of 256: {@code half d; half dmin; byte scales[12]; byte high[32]; byte q[128]}. The low four bits of q lie as
 * in {@link Q4_K}; bit j of {@code high} is the fifth bit of the weights 32j to 32j+31.
 */
final class Q5_K implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q5_K;
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
        long quants = block + 48 + part / 2 * 32L;
        int shift = part % 2 * 4;
        for (int i = 0; i < 32; i++) {
            int low = BlockCodec.unsigned(data, quants + i) >> shift & 15;
            int fifth = BlockCodec.unsigned(data, block + 16 + i) >> part & 1;
            out[i] = low | fifth << 4;
        }
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        BlockCodec.putHalf(out, block + 2, codes.m);
        KScales.pack(codes.scales, codes.minima, out, block + 4);
        for (int i = 0; i < 32; i++) {
            int fifth = 0;
            for (int part = 0; part < 8; part++) {
                fifth |= (codes.quants[32 * part + i] >> 4 & 1) << part;
            }
            BlockCodec.put(out, block + 16 + i, fifth);
        }
        Q4_K.packNibblePairs(codes.quants, out, block + 48);
    }
}
