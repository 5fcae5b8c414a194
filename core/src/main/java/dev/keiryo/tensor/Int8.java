package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·(q - z)}, q of 8 bits, z a whole number.
 *
 * <p>Block of 32: {@code half d; half z; byte q[32]}.
 */
final class Int8 implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.INT8;
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
        return -(BlockCodec.half(data, block) * BlockCodec.half(data, block + 2));
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        for (int i = 0; i < PART; i++) {
            out[i] = BlockCodec.unsigned(data, block + 4 + i);
        }
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        BlockCodec.putHalf(out, block + 2, codes.m);
        for (int i = 0; i < PART; i++) {
            BlockCodec.put(out, block + 4 + i, codes.quants[i]);
        }
    }
}
