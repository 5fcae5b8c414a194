package dev.keiryo.kernel;

import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One weight format's rows in vector code. Both methods decode to exactly what the format's {@code Codec} gives, and
 * both leave the sum to one order: column c belongs to lane {@code c mod lanes}, each lane sums its columns by fused
 * multiply-add from left to right, and {@link Lanes#sum} adds the lanes.
 */
interface VectorRows {
    /** The format's implementation, or null where only the codec knows it. */
    static @Nullable VectorRows of(TensorType type) {
        return switch (type) {
            case F32 -> VectorF32.ROWS;
            case F16 -> VectorF16.ROWS;
            case BF16 -> VectorBF16.ROWS;
            case Q8_0 -> VectorQ8_0.ROWS;
            case Q4_0 -> VectorQ4_0.ROWS;
            case Q4_K -> VectorQ4_K.ROWS;
            case Q6_K -> VectorQ6_K.ROWS;
            default -> null;
        };
    }

    /** {@code Σ w[c]·x[c]} of {@code n} weights stored at {@code offset} and float32 numbers at {@code xOffset}. */
    float dot(MemorySegment w, long offset, MemorySegment x, long xOffset, int n);

    /** Decodes {@code n} weights stored at {@code offset} into {@code out[at … at+n)}. */
    void decode(MemorySegment w, long offset, float[] out, int at, int n);
}
