package dev.keiryo.tensor;

import dev.keiryo.FormatException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The element types of the GGML family: how many weights a block holds and how many bytes it takes.
 *
 * <p>Every type that a GGUF file may name is here, so that a file can always be listed and copied; which of them can be
 * computed with is {@link #checkComputable}'s answer.
 *
 * <p>Source: {@code ggml.h} of the GGUF specification, {@code enum ggml_type}.
 */
public enum TensorType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q8_1(9, 32, 36),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    Q8_K(15, 256, 292),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24, 1, 1),
    I16(25, 1, 2),
    I32(26, 1, 4),
    I64(27, 1, 8),
    F64(28, 1, 8),
    IQ1_M(29, 256, 56),
    BF16(30, 1, 2),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17),

    // No types of GGML: the numbers are Keiryo's own, and no other program reads such files.

    /** 4-bit NormalFloat of QLoRA, absmax in float32. */
    NF4(19200, 64, 36),
    /** bitsandbytes' 4-bit float, absmax in float32. */
    FP4(19201, 64, 36),
    /** NF4 with absmax in 8 bits: {@link NestedScales}. */
    NF4_DQ(19202, 64, 33),
    /** FP4 with absmax in 8 bits. */
    FP4_DQ(19203, 64, 33),
    /** Whole numbers of 8 bits with a zero point. */
    INT8(19204, 32, 36);

    private static final Map<Integer, TensorType> BY_ID =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(TensorType::id, t -> t));

    private final int id;
    private final int blockSize;
    private final int blockBytes;

    TensorType(int id, int blockSize, int blockBytes) {
        this.id = id;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The type with the number {@code id}, or null where none has it. */
    public static @Nullable TensorType ofId(int id) {
        return BY_ID.get(id);
    }

    /** The number of this type, GGML's or Keiryo's own, as GGUF files store it. */
    public int id() {
        return id;
    }

    /** Weights a block holds; a row's length must be a multiple of it. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes a block takes. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether blocks take their scales from {@link NestedScales} beside them. */
    public boolean isNested() {
        return plain() != this;
    }

    /** The type whose blocks are these with the scales written out; itself where they are. Kernels compute with it. */
    public TensorType plain() {
        return switch (this) {
            case NF4_DQ -> NF4;
            case FP4_DQ -> FP4;
            default -> this;
        };
    }

    /** Bytes that {@code weights} weights take; {@code weights} must be a multiple of {@link #blockSize()}. */
    public long bytes(long weights) {
        if (weights % blockSize != 0) {
            throw new IllegalArgumentException(
                    weights + " weights are not whole blocks of " + blockSize + " (" + this + ")");
        }
        return Math.multiplyExact(weights / blockSize, blockBytes);
    }

    /**
     * Refuses what Keiryo cannot compute with.
     *
     * @param tensor the tensor's name, for the message
     */
    public void checkComputable(String tensor) throws FormatException {
        if (Codecs.of(plain()) == null) {
            throw new FormatException(
                    tensor,
                    "is of type " + label() + ", which Keiryo cannot compute with; use a model in one of "
                            + Codecs.supported());
        }
    }

    /**
     * Bytes that a tensor of {@code shape} takes, outermost dimension first. Its rows must be whole blocks, and neither
     * the rows nor a row's length may exceed 2^31 - 1; anything else is an {@link IllegalArgumentException} that says
     * which.
     */
    public long bytes(long[] shape) {
        long cols = shape.length == 0 ? 1 : shape[shape.length - 1];
        long rows = 1;
        boolean empty = false;
        for (int i = 0; i < shape.length - 1; i++) {
            // Empty dimensions are left out of the product: whatever order it is taken in must not overflow.
            empty |= shape[i] == 0;
            rows = shape[i] == 0 ? rows : product(rows, shape[i], shape);
        }
        if (cols < 0 || cols > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("shape " + Arrays.toString(shape) + " is impossible or too large");
        }
        if (cols % blockSize != 0) {
            throw new IllegalArgumentException(
                    "rows of " + cols + " are not whole blocks of " + blockSize + " (" + this + ")");
        }
        long rowBytes = cols / blockSize * blockBytes;
        if (rowBytes > 0 && rows > Long.MAX_VALUE / rowBytes) {
            throw new IllegalArgumentException("shape " + Arrays.toString(shape) + " is impossible or too large");
        }
        return empty ? 0 : rows * rowBytes;
    }

    private static long product(long rows, long dimension, long[] shape) {
        if (dimension < 0 || dimension > Integer.MAX_VALUE || rows * dimension > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("shape " + Arrays.toString(shape) + " is impossible or too large");
        }
        return rows * dimension;
    }

    /** Average bits a weight takes, with the second level of scales where there is one. */
    public double bitsPerWeight() {
        return 8.0 * blockBytes / blockSize + (isNested() ? 32.0 / (blockSize * NestedScales.GROUP) : 0);
    }

    /** The name as llama.cpp prints it, e.g. {@code q4_K}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace("_k", "_K");
    }
}
