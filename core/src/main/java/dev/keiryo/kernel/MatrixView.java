package dev.keiryo.kernel;

import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A matrix {@code [rows, cols]} in memory outside the heap, plain or transposed, perhaps a part of a wider one: what
 * {@link Gemm} multiplies. It is a view; the memory belongs to whoever allocated it.
 *
 * @param data begins with the first number
 * @param type float32 or bfloat16, at any alignment
 * @param stride the leading dimension: numbers from one row to the next, or where it is column-major, from one column to
 *     the next; at least their length
 * @param columnMajor whether a column's numbers follow one another, not a row's
 */
public record MatrixView(MemorySegment data, TensorType type, int rows, int cols, long stride, boolean columnMajor) {
    private static final ValueLayout.OfShort BITS = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(Matrix.F32.order());

    public MatrixView {
        if (type != TensorType.F32 && type != TensorType.BF16) {
            throw new IllegalArgumentException("a view is of F32 or BF16, not " + type.label());
        }
        if (!data.isNative()) {
            throw new IllegalArgumentException("a view is of memory outside the heap");
        }
        int length = columnMajor ? rows : cols;
        int lines = columnMajor ? cols : rows;
        if (rows < 0 || cols < 0 || stride < length) {
            throw new IllegalArgumentException(
                    "[%d, %d] cannot lie at a stride of %d, it takes %d".formatted(rows, cols, stride, length));
        }
        long numbers =
                rows == 0 || cols == 0 ? 0 : Math.addExact(Math.multiplyExact(stride, (long) lines - 1), (long) length);
        if (numbers > data.byteSize() / bytes(type)) {
            throw new IllegalArgumentException("[%d, %d] of %s at a stride of %d does not fit in %d bytes"
                    .formatted(rows, cols, type.label(), stride, data.byteSize()));
        }
    }

    private static int bytes(TensorType type) {
        return type == TensorType.F32 ? Float.BYTES : Short.BYTES;
    }

    /** All of {@code m}. */
    public static MatrixView of(Matrix m) {
        return new MatrixView(m.data(), TensorType.F32, m.rows(), m.cols(), m.cols(), false);
    }

    /** The same numbers as {@code [cols, rows]}; nothing moves. */
    public MatrixView transpose() {
        return new MatrixView(data, type, cols, rows, stride, !columnMajor);
    }

    /** {@code count} rows from row {@code from} on. */
    public MatrixView rows(int from, int count) {
        return block(from, 0, count, cols);
    }

    /** {@code count} columns from column {@code from} on. */
    public MatrixView cols(int from, int count) {
        return block(0, from, rows, count);
    }

    /** {@code [height, width]} from {@code row} and {@code col} on. */
    public MatrixView block(int row, int col, int height, int width) {
        Objects.checkFromIndexSize(row, height, rows);
        Objects.checkFromIndexSize(col, width, cols);
        // The place of what is empty may lie beyond the end.
        MemorySegment from = height == 0 || width == 0 ? data : data.asSlice(offset(row, col));
        return new MatrixView(from, type, height, width, stride, columnMajor);
    }

    /** Bytes of a number. */
    int bytes() {
        return bytes(type);
    }

    /** Bytes from {@link #data()}'s start to a number. */
    long offset(int row, int col) {
        return bytes() * (columnMajor ? col * stride + row : row * stride + col);
    }

    /** The number's address. */
    long address(int row, int col) {
        return data.address() + offset(row, col);
    }

    /** A number as float32, exactly. */
    public float get(int row, int col) {
        long at = offset(row, col);
        return type == TensorType.F32 ? data.get(Matrix.F32, at) : Float.intBitsToFloat(data.get(BITS, at) << 16);
    }

    /** Of float32 alone. */
    void put(int row, int col, float value) {
        data.set(Matrix.F32, offset(row, col), value);
    }

    @Override
    public String toString() {
        return "%s [%d, %d]%s".formatted(type.label(), rows, cols, columnMajor ? " by columns" : "");
    }
}
