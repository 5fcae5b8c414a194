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
    public int run() {
        return 32;
    }

    @Override
    public int zero() {
        return 16;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return BlockCodec.half(data, block);
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        BlockCodec.nibbles(data, block + 6, out);
        int high = data.get(I32, block + 2);
        for (int i = 0; i < 32; i++) {
            out[i] |= (high >>> i & 1) << 4;
        }
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        out.set(I32, block + 2, fifthBits(codes.quants));
        BlockCodec.packNibbles(codes.quants, 0, out, block + 6);
    }

    /** Bit i is the fifth bit of the i-th of 32 codes. */
    static int fifthBits(int[] quants) {
        int bits = 0;
        for (int i = 0; i < 32; i++) {
            bits |= (quants[i] >> 4 & 1) << i;
        }
        return bits;
    }
}
