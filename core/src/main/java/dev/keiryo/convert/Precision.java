package dev.keiryo.convert;

import dev.keiryo.tensor.TensorType;
import org.jspecify.annotations.Nullable;

/** What a conversion stores matrices as; vectors and other small tensors are always float32. */
public enum Precision {
    /** What the source has. */
    AS_STORED(null),
    F32(TensorType.F32),
    F16(TensorType.F16),
    BF16(TensorType.BF16),
    Q8_0(TensorType.Q8_0);

    private final @Nullable TensorType type;

    Precision(@Nullable TensorType type) {
        this.type = type;
    }

    /** The matrices' type, or null for the source's. */
    @Nullable
    TensorType type() {
        return type;
    }

    /** GGUF's {@code general.file_type} of a model that mostly holds matrices of {@code type}, or -1 for none. */
    static int fileType(TensorType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case Q5_0 -> 8;
            case Q5_1 -> 9;
            case BF16 -> 32;
            default -> -1;
        };
    }
}
