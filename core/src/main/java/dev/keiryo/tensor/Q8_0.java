package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code w = d·q}, q of 8 bits.
 *
 * <p>Block of 32: {@code half d; byte q[32]}. Encoding takes {@code d = max|w| / 127} and rounds {@code w·(1/d)} to the
 * nearest, ties away from zero, with d still in float32.
 */
final class Q8_0 implements BlockCodec, Encoder {
    private static final int BLOCK = 32;
    private static final int MAX = 127;
    /** Blocks that are encoded before they are copied. */
    private static final int TOGETHER = 64;

    @Override
    public TensorType type() {
        return TensorType.Q8_0;
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
        for (int i = 0; i < BLOCK; i++) {
            out[i] = BlockCodec.signed(data, block + 2 + i) + 128;
        }
    }

    @Override
    public void pack(BlockCodes codes, MemorySegment out, long block) {
        BlockCodec.putHalf(out, block, codes.d);
        for (int i = 0; i < BLOCK; i++) {
            BlockCodec.put(out, block + 2 + i, codes.quants[i] - 128);
        }
    }

    @Override
    public void encode(float[] in, int at, int count, MemorySegment out, long offset) {
        // Some blocks at a time: a copy of a few bytes takes as long as a block's sums.
        byte[] blocks = new byte[Math.min(count / BLOCK, TOGETHER) * (2 + BLOCK)];
        for (int i = 0; i < count; ) {
            int filled = 0;
            for (; filled < blocks.length && i < count; i += BLOCK, filled += 2 + BLOCK) {
                short d = Float.floatToFloat16(encodeBlock(in, at + i, blocks, filled + 2));
                blocks[filled] = (byte) d;
                blocks[filled + 1] = (byte) (d >> 8);
            }
            MemorySegment.copy(blocks, 0, out, ValueLayout.JAVA_BYTE, offset, filled);
            offset += filled;
        }
    }

    /** @return the scale */
    private static float encodeBlock(float[] in, int at, byte[] codes, int to) {
        int max = 0;
        for (int i = 0; i < BLOCK; i++) {
            max = Math.max(max, Float.floatToRawIntBits(in[at + i]) & Integer.MAX_VALUE);
        }
        float d = Float.intBitsToFloat(max) / MAX;
        float inverse = d == 0 ? 0 : 1 / d;
        if (Float.isInfinite(inverse)) {
            // Of a scale so small, no product with its inverse tells anything but the sign: it saturates.
            for (int i = 0; i < BLOCK; i++) {
                codes[to + i] = (byte) (MAX * Math.signum(in[at + i]));
            }
            return d;
        }
        // The nearest whole numbers, halves away from 0: of 2q, cut off to a whole number, the half, away from 0.
        for (int i = 0; i < BLOCK; i++) {
            int twice = (int) (2 * (in[at + i] * inverse));
            int away = twice + (twice >> 31 | 1);
            codes[to + i] = (byte) ((away + (away >>> 31)) >> 1);
        }
        return d;
    }
}
