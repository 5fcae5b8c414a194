package dev.keiryo.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A stored tensor: a name, a type, a shape and the bytes, usually a slice of a memory-mapped file that somebody else
 * owns. Immutable; nothing is ever expanded.
 *
 * @param name the tensor's canonical (GGUF) name, e.g. {@code blk.0.attn_q.weight}
 * @param type how the bytes encode the weights
 * @param shape dimensions, outermost first: a matrix is {@code [rows, cols]} and row r is contiguous. (GGUF stores the
 *     reverse order.) Stacked experts are {@code [experts, rows, cols]}.
 * @param data exactly {@code type.bytes(product of shape)} bytes, any alignment, little-endian
 */
public record Weight(String name, TensorType type, long[] shape, MemorySegment data) {
    public Weight {
        long bytes;
        try {
            bytes = type.bytes(shape);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
        if (data.byteSize() != bytes) {
            throw new IllegalArgumentException(name + ": " + type + Arrays.toString(shape) + " takes " + bytes
                    + " bytes, but " + data.byteSize() + " were given");
        }
    }

    /** Number of weights. */
    public long count() {
        long n = 1;
        for (long d : shape) {
            n *= d;
        }
        return n;
    }

    /** Length of the innermost dimension. */
    public int cols() {
        return shape.length == 0 ? 1 : Math.toIntExact(shape[shape.length - 1]);
    }

    /** Number of rows: the product of all but the innermost dimension. A vector is one row. */
    public int rows() {
        long n = 1;
        for (int i = 0; i < shape.length - 1; i++) {
            n *= shape[i];
        }
        return Math.toIntExact(n);
    }

    /** Bytes from one row to the next. */
    public long rowBytes() {
        return type.bytes(cols());
    }

    /** The rows {@code [from, to)} as a matrix of their own, sharing the bytes: a fused projection's parts. */
    public Weight rows(int from, int to) {
        long rowBytes = rowBytes();
        return new Weight(
                name + "[" + from + ":" + to + "]",
                type,
                new long[] {to - from, cols()},
                data.asSlice(from * rowBytes, (to - from) * rowBytes));
    }

    /** Entry {@code i} of the outermost dimension, sharing the bytes: one expert of a stack. */
    public Weight slice(int i) {
        long[] inner = Arrays.copyOfRange(shape, 1, shape.length);
        long bytes = data.byteSize() / shape[0];
        return new Weight(name + "[" + i + "]", type, inner, data.asSlice(i * bytes, bytes));
    }

    @Override
    public String toString() {
        return name + " " + type + Arrays.toString(shape);
    }
}
