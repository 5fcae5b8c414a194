package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * {@code w = d·level[q]}, q of 4 bits choosing among sixteen unevenly spaced levels.
 *
 * <p>Block of 32: {@code half d; byte q[16]}; low nibbles are weights 0-15, high nibbles 16-31.
 */
public final class IQ4_NL implements BlockCodec {
    private static final int[] LEVELS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    IQ4_NL() {}

    /** The levels, in the order of their numbers. */
    public static int[] levels() {
        return LEVELS.clone();
    }

    @Override
    public TensorType type() {
        return TensorType.IQ4_NL;
    }

    @Override
    public int run() {
        return 32;
    }

    @Override
    public int zero() {
        return 128;
    }

    @Override
    public float scale(MemorySegment data, long block, int run) {
        return BlockCodec.half(data, block);
    }

    @Override
    public void quants(MemorySegment data, long block, int part, int[] out) {
        levels(data, block + 2, out);
    }

    /** The levels that the 16 bytes at {@code quants} choose, plus 128. */
    static void levels(MemorySegment data, long quants, int[] out) {
        BlockCodec.nibbles(data, quants, out);
        for (int i = 0; i < 32; i++) {
            out[i] = LEVELS[out[i]] + 128;
        }
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        BlockCodec.packNibbles(codes.quants, 0, out, block + 2);
    }
}
