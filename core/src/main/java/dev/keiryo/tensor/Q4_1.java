package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·q + m}, q of 4 bits.
 *
 * <p>Block of 32: {@code half d; half m; byte q[16]}; low nibbles are weights 0-15, high nibbles 16-31.
 */
final class Q4_1 implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q4_1;
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
        return BlockCodec.half(data, block);
    }

    @Override
    public float offset(MemorySegment data, long block, int run) {
        return BlockCodec.half(data, block + 2);
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        BlockCodec.nibbles(data, block + 4, out);
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        BlockCodec.putHalf(out, block + 2, codes.m);
        BlockCodec.packNibbles(codes.quants, 0, out, block + 4);
    }
}
