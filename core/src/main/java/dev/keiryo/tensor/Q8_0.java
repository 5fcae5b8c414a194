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
        for (int i = 0; i < count; i += BLOCK) {
            encodeBlock(in, at + i, out, offset);
            offset += type().blockBytes();
        }
    }

    private static void encodeBlock(float[] in, int at, MemorySegment out, long offset) {
        float max = 0;
        for (int i = 0; i < BLOCK; i++) {
            max = Math.max(max, Math.abs(in[at + i]));
        }
        float d = max / MAX;
        float inverse = d == 0 ? 0 : 1 / d;
        out.set(I16, offset, Float.floatToFloat16(d));
        for (int i = 0; i < BLOCK; i++) {
            float q = in[at + i] * inverse;
            // Where d is so small that 1/d is infinite, so may q be: it saturates.
            int rounded = (int) Math.copySign(Math.min(MAX, Math.floor(Math.abs((double) q) + 0.5)), q);
            out.set(ValueLayout.JAVA_BYTE, offset + 2 + i, (byte) rounded);
        }
    }
}
