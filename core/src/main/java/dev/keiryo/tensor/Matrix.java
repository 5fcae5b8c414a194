package dev.keiryo.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A float32 matrix {@code [rows, cols]}, row-major, in memory outside the heap: activations and small weights. It is a
 * view; the memory belongs to whoever allocated it. {@link #set} points the same object elsewhere, so that a forward
 * pass needs no garbage.
 */
public final class Matrix implements Tensor {
    /** Little-endian float32 at any alignment: what files hold. */
    public static final ValueLayout.OfFloat F32 =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);

    private MemorySegment data;
    private int rows;
    private int cols;

    /** @param data at least {@code rows·cols·4} bytes */
    public Matrix(MemorySegment data, int rows, int cols) {
        this.data = data;
        set(data, rows, cols);
    }

    /** Zeros, allocated in {@code arena}. */
    public static Matrix zeros(Arena arena, int rows, int cols) {
        return new Matrix(arena.allocate(Math.max(4L, 4L * rows * cols), 64), rows, cols);
    }

    /** A copy of {@code values} as one row. */
    public static Matrix row(Arena arena, float... values) {
        Matrix m = zeros(arena, 1, values.length);
        MemorySegment.copy(values, 0, m.data, ValueLayout.JAVA_FLOAT, 0, values.length);
        return m;
    }

    /** Points this matrix at other memory. */
    public void set(MemorySegment data, int rows, int cols) {
        if (data.byteSize() < 4L * rows * cols) {
            throw new IllegalArgumentException(
                    "[" + rows + ", " + cols + "] does not fit in " + data.byteSize() + " bytes");
        }
        this.data = data;
        this.rows = rows;
        this.cols = cols;
    }

    public MemorySegment data() {
        return data;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int cols() {
        return cols;
    }

    /** Bytes from {@link #data()}'s start to {@code row}'s first number. */
    public long rowOffset(int row) {
        return 4L * row * cols;
    }

    public float get(int row, int col) {
        return data.get(F32, rowOffset(row) + 4L * col);
    }

    public void put(int row, int col, float value) {
        data.set(F32, rowOffset(row) + 4L * col, value);
    }

    /** Copies all of {@code other}, which must have the same shape. */
    public void copyFrom(Matrix other) {
        if (other.rows != rows || other.cols != cols) {
            throw new IllegalArgumentException("cannot copy " + other + " into " + this);
        }
        MemorySegment.copy(other.data, 0, data, 0, 4L * rows * cols);
    }

    /** A row's numbers, copied. */
    public float[] toArray(int row) {
        float[] out = new float[cols];
        MemorySegment.copy(data, F32, rowOffset(row), out, 0, cols);
        return out;
    }

    @Override
    public String toString() {
        return "[" + rows + ", " + cols + "]";
    }
}
