package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/** IEEE 754 binary16; encoding rounds to the nearest, ties to even. */
final class F16 implements Codec, Encoder {
    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at, int count) {
        for (int i = 0; i < count; i++) {
            out[at + i] = BlockCodec.half(data, offset + 2L * i);
        }
    }

    @Override
    public void encode(float[] in, int at, int count, MemorySegment out, long offset) {
        for (int i = 0; i < count; i++) {
            out.set(BlockCodec.I16, offset + 2L * i, Float.floatToFloat16(in[at + i]));
        }
    }
}
