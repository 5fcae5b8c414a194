package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·(q - 8)}, q of 4 bits.
 *
 * <p>Block of 32: {@code half d; byte q[16]}; low nibbles are weights 0-15, high nibbles 16-31.
 */
final class Q4_0 implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q4_0;
    }

    @Override
    public int run() {
        return 32;
    }

    @Override
    public int zero() {
        return 8;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return BlockCodec.half(data, block);
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        BlockCodec.nibbles(data, block + 2, out);
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        BlockCodec.packNibbles(codes.quants, 0, out, block + 2);
    }
}
