package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/** How float32 becomes a {@link TensorType}'s blocks, rounding as the format's reference implementation does. */
public interface Encoder {
    /**
     * Encodes {@code in[at … at+count)} to {@code out}, from byte {@code offset} on, little-endian.
     *
     * @param count a multiple of the type's block size
     */
    void encode(float[] in, int at, int count, MemorySegment out, long offset);
}
