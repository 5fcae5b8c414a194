package dev.keiryo.onnx;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A {@code TensorProto}: numbers with a shape.
 *
 * @param type ONNX's number of the elements' type
 * @param shape outermost dimension first
 * @param data little-endian, row by row
 */
record OnnxTensor(String name, int type, long[] shape, MemorySegment data) {
    static final int FLOAT = 1;
    static final int UINT8 = 2;
    static final int INT8 = 3;
    static final int INT64 = 7;
    static final int FLOAT16 = 10;
    static final int BFLOAT16 = 16;

    private static final int MOST_DIMENSIONS = 8;
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Reads a message; its bytes stay where they are, unless they are written as a list of numbers. */
    static OnnxTensor read(Message m, Arena arena) throws FormatException {
        long[] dims = new long[MOST_DIMENSIONS + 1];
        int[] rank = {0};
        int type = 0;
        String name = "";
        MemorySegment data = MemorySegment.NULL;
        while (m.next()) {
            switch (m.field()) {
                case 1 -> m.numbers(d -> dims[Math.min(rank[0]++, MOST_DIMENSIONS)] = d);
                case 2 -> type = (int) m.number();
                case 4, 9 -> data = m.bytes(); // float_data, raw_data
                case 5, 7 -> { // int32_data, int64_data
                    long[] count = {0};
                    int bytes = m.field() == 7 ? 8 : type == UINT8 || type == INT8 ? 1 : 4;
                    m.numbers(n -> count[0]++);
                    MemorySegment list = arena.allocate(Math.max(1, count[0] * bytes), 8);
                    long[] at = {0};
                    m.numbers(n -> {
                        for (int i = 0; i < bytes; i++) {
                            list.set(ValueLayout.JAVA_BYTE, at[0]++, (byte) (n >> (8 * i)));
                        }
                    });
                    data = list.asSlice(0, count[0] * bytes);
                }
                case 8 -> name = m.string();
                case 13 ->
                    throw m.fault("weights of tensor " + name
                            + " in another file, which is not supported; save the model as one file");
                default -> {}
            }
        }
        if (rank[0] > MOST_DIMENSIONS) {
            throw m.fault("tensor " + name + " of " + rank[0] + " dimensions");
        }
        return new OnnxTensor(name, type, Arrays.copyOf(dims, rank[0]), data);
    }

    /** Number of elements, where the bytes that are there are as many as they take; else a fault. */
    private int count(String source) throws FormatException {
        long n = 1;
        for (long d : shape) {
            if (d < 0 || (d > 0 && n > Integer.MAX_VALUE / d)) {
                throw new FormatException(source, this + " has more elements than can be computed with");
            }
            n *= d;
        }
        if (data.byteSize() != n * bytes(source)) {
            throw new FormatException(
                    source, this + " takes " + n * bytes(source) + " bytes, but has " + data.byteSize());
        }
        return (int) n;
    }

    private int bytes(String source) throws FormatException {
        return switch (type) {
            case FLOAT -> 4;
            case UINT8, INT8 -> 1;
            case FLOAT16, BFLOAT16 -> 2;
            case INT64 -> 8;
            default ->
                throw new FormatException(
                        source, this + " is of ONNX's type " + type + ", which cannot be computed with");
        };
    }

    /** The whole numbers, or none where it has others or too many. */
    long[] integers() {
        return type != INT64 || data.byteSize() > 64 || data.byteSize() % 8 != 0 ? new long[0] : data.toArray(I64);
    }

    /** The only number, or NaN. */
    float scalar() {
        return type == FLOAT && data.byteSize() == 4 ? data.get(F32, 0) : Float.NaN;
    }

    /** As a weight under another name: its own bytes. */
    Weight weight(String as, String source) throws FormatException {
        count(source);
        TensorType own = switch (type) {
            case FLOAT -> TensorType.F32;
            case FLOAT16 -> TensorType.F16;
            case BFLOAT16 -> TensorType.BF16;
            case INT8 -> TensorType.I8;
            case INT64 -> TensorType.I64;
            default -> throw new FormatException(source, this + " cannot be a weight");
        };
        return new Weight(as, own, shape, data);
    }

    /**
     * {@code (q - zero)·scale} as float32, where one scale is everybody's or each column's (dynamic quantization of ONNX Runtime).
     *
     * @param zero null for 0
     */
    OnnxTensor dequantized(OnnxTensor scale, @Nullable OnnxTensor zero, String source, Arena arena)
            throws FormatException {
        int n = count(source);
        int cols = shape.length == 0 ? 1 : (int) shape[shape.length - 1];
        int scales = scale.count(source);
        if (bytes(source) != 1
                || scale.type != FLOAT
                || (scales != 1 && scales != cols)
                || (zero != null && (zero.type != type || zero.count(source) != scales))) {
            throw new FormatException(
                    source, this + " is quantized in a way that is not known; take the float32 export");
        }
        MemorySegment out = arena.allocate(Math.max(4, 4L * n), 64);
        for (int i = 0; i < n; i++) {
            int s = scales == 1 ? 0 : i % cols;
            out.set(F32, 4L * i, (byteAt(i) - (zero == null ? 0 : zero.byteAt(s))) * scale.data.get(F32, 4L * s));
        }
        return new OnnxTensor(name, FLOAT, shape, out.asSlice(0, 4L * n));
    }

    private int byteAt(int i) {
        byte b = data.get(ValueLayout.JAVA_BYTE, i);
        return type == UINT8 ? b & 0xFF : b;
    }

    @Override
    public String toString() {
        return "tensor " + name + Arrays.toString(shape);
    }
}
