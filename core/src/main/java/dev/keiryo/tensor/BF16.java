package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/** bfloat16, the upper half of a binary32; encoding rounds to the nearest, ties to even, and keeps NaN a NaN. */
final class BF16 implements Codec, Encoder {
    private static final int QUIET = 0x40;

    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at, int count) {
        for (int i = 0; i < count; i++) {
            out[at + i] = Float.intBitsToFloat(data.get(BlockCodec.I16, offset + 2L * i) << 16);
        }
    }

    @Override
    public void encode(float[] in, int at, int count, MemorySegment out, long offset) {
        for (int i = 0; i < count; i++) {
            out.set(BlockCodec.I16, offset + 2L * i, (short) encode(in[at + i]));
        }
    }

    private static int encode(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return bits >>> 16 | QUIET;
        }
        return (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
    }
}
