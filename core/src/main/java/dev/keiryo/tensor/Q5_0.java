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
}
