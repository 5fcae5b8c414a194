package dev.keiryo.tensor;

import static java.util.Objects.requireNonNull;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A stored tensor: a name, a type, a shape and the bytes, usually a slice of a memory-mapped file that somebody else
 * owns. Immutable; nothing is ever expanded.
 *
 * @param name the tensor's canonical (GGUF) name, e.g. {@code blk.0.attn_q.weight}
 * @param type how the bytes encode the weights
 * @param shape dimensions, outermost first: a matrix is {@code [rows, cols]} and row r is contiguous. (GGUF stores the
 *     reverse order.) Stacked experts are {@code [experts, rows, cols]}.
 * @param data exactly {@code type.bytes(product of shape)} bytes, any alignment, little-endian
 * @param scales of types that are {@link TensorType#isNested nested}; null for others
 */
public record Weight(
        String name,
        TensorType type,
        long[] shape,
        MemorySegment data,
        @Nullable NestedScales scales) {
    /** A weight whose blocks say all. */
    public Weight(String name, TensorType type, long[] shape, MemorySegment data) {
        this(name, type, shape, data, null);
    }

    public Weight {
        if (type.isNested() != (scales != null)) {
            throw new IllegalArgumentException(
                    name + ": " + type + (scales == null ? " needs its scales" : " has no scales beside it"));
        }
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
                data.asSlice(from * rowBytes, (to - from) * rowBytes),
                scalesFrom((long) from * cols()));
    }

    /** Entry {@code i} of the outermost dimension, sharing the bytes: one expert of a stack. */
    public Weight slice(int i) {
        long[] inner = Arrays.copyOfRange(shape, 1, shape.length);
        long bytes = data.byteSize() / shape[0];
        return new Weight(
                name + "[" + i + "]", type, inner, data.asSlice(i * bytes, bytes), scalesFrom(count() / shape[0] * i));
    }

    private @Nullable NestedScales scalesFrom(long weight) {
        return scales == null ? null : scales.from(weight / type.blockSize());
    }

    /**
     * Decodes weights {@code [from, from + count)} into {@code out[at … at+count)}.
     *
     * @param from counted through, row after row, and a multiple of the type's block size, as is {@code count}
     */
    public void decode(long from, float[] out, int at, int count) {
        if (scales == null) {
            Codecs.require(type).decode(data, type.bytes(from), out, at, count);
            return;
        }
        for (int i = 0; i < count; i += type.blockSize()) {
            long block = (from + i) / type.blockSize();
            long offset = block * type.blockBytes();
            Absmax4.values(Absmax4.book(type), data, offset + 1, absmax(block), out, at + i);
        }
    }

    /** Row {@code row} with its scales written out, of type {@link TensorType#plain}; the bytes themselves where they are so. */
    public Weight plainRow(int row) {
        if (scales == null) {
            return rows(row, row + 1);
        }
        int blocks = cols() / type.blockSize();
        MemorySegment plain =
                MemorySegment.ofArray(new byte[blocks * type.plain().blockBytes()]);
        for (int b = 0; b < blocks; b++) {
            long from = row * rowBytes() + (long) b * type.blockBytes();
            long to = (long) b * type.plain().blockBytes();
            plain.set(Matrix.F32, to, absmax((long) row * blocks + b));
            MemorySegment.copy(data, from + 1, plain, to + 4, Absmax4.NIBBLES);
        }
        return new Weight(name, type.plain(), new long[] {1, cols()}, plain);
    }

    private float absmax(long block) {
        return requireNonNull(scales).absmax(block, BlockCodec.unsigned(data, block * type.blockBytes()));
    }

    @Override
    public String toString() {
        return name + " " + type + Arrays.toString(shape);
    }
}
