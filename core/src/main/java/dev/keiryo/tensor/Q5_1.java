package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·q + m}, q of 5 bits.
 *
 * <p>Block of 32: {@code half d; half m; int high; byte q[16]}, the quants as in {@link Q5_0}.
 */
final class Q5_1 implements BlockCodec {
    @Override
    public TensorType type() {
        return TensorType.Q5_1;
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
        BlockCodec.nibbles(data, block + 8, out);
        int high = data.get(I32, block + 4);
        for (int i = 0; i < 32; i++) {
            out[i] |= (high >>> i & 1) << 4;
        }
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        BlockCodec.putHalf(out, block + 2, codes.m);
        out.set(I32, block + 4, Q5_0.fifthBits(codes.quants));
        BlockCodec.packNibbles(codes.quants, 0, out, block + 8);
    }
}
