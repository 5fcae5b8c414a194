package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;

/**
 * How a {@link TensorType}'s blocks become float32: one class per weight format, the definition that every faster
 * kernel is tested against.
 */
public interface Codec {
    /**
     * Decodes {@code count} weights into {@code out[at … at+count)}.
     *
     * @param data the stored blocks, little-endian, any alignment
     * @param offset byte offset of the first block in {@code data}
     * @param count a multiple of the type's block size
     */
    void decode(MemorySegment data, long offset, float[] out, int at, int count);
}
