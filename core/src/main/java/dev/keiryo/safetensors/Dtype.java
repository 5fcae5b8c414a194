package dev.keiryo.safetensors;

import dev.keiryo.tensor.TensorType;
import org.jspecify.annotations.Nullable;

/** Safetensors' element types, in the reference's order: the larger the alignment, the later. */
public enum Dtype {
    BOOL(8, null),
    F4(4, null),
    F6_E2M3(6, null),
    F6_E3M2(6, null),
    U8(8, null),
    I8(8, TensorType.I8),
    F8_E5M2(8, null),
    F8_E4M3(8, null),
    F8_E8M0(8, null),
    F8_E4M3FNUZ(8, null),
    F8_E5M2FNUZ(8, null),
    I16(16, TensorType.I16),
    U16(16, null),
    F16(16, TensorType.F16),
    BF16(16, TensorType.BF16),
    I32(32, TensorType.I32),
    U32(32, null),
    F32(32, TensorType.F32),
    C64(64, null),
    F64(64, TensorType.F64),
    I64(64, TensorType.I64),
    U64(64, null);

    private final int bits;
    private final @Nullable TensorType tensorType;

    Dtype(int bits, @Nullable TensorType tensorType) {
        this.bits = bits;
        this.tensorType = tensorType;
    }

    /** Bits an element takes. */
    public int bits() {
        return bits;
    }

    /** The type a {@link dev.keiryo.tensor.Weight} of it has, or null where none fits. */
    public @Nullable TensorType tensorType() {
        return tensorType;
    }

    /** Whether several elements share a byte; such tensors can be neither read nor written. */
    boolean isSubByte() {
        return bits < 8;
    }

    /** The type called {@code name} in a header, or null where none is. */
    static @Nullable Dtype named(String name) {
        for (Dtype d : values()) {
            if (d.name().equals(name)) {
                return d;
            }
        }
        return null;
    }

    /** Bytes that a tensor of {@code shape} takes, or -1 where it is impossible or beyond any file. */
    long bytes(long[] shape) {
        long bytes = bits / 8;
        boolean empty = false;
        for (long d : shape) {
            // Empty dimensions are left out of the product: in whatever order, it must not overflow.
            if (d < 0 || (d > 0 && bytes > Long.MAX_VALUE / d)) {
                return -1;
            }
            empty |= d == 0;
            bytes = d == 0 ? bytes : bytes * d;
        }
        return empty ? 0 : bytes;
    }
}
