package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/** IEEE 754 binary32, as it is. */
final class F32 implements Codec, Encoder {
    @Override
    public void decode(MemorySegment data, long offset, float[] out, int at, int count) {
        MemorySegment.copy(data, Matrix.F32, offset, out, at, count);
    }

    @Override
    public void encode(float[] in, int at, int count, MemorySegment out, long offset) {
        MemorySegment.copy(in, at, out, Matrix.F32, offset, count);
    }
}
