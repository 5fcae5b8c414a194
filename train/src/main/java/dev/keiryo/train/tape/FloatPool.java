package dev.keiryo.train.tape;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Memory for float32 matrices, kept for the next of about the same size. */
final class FloatPool implements AutoCloseable {
    /** Sizes are rounded up so that they have no more significant bits than this: by an eighth at most. */
    private static final int BITS = 4;

    private static final long LEAST = 256;

    private final Arena arena = Arena.ofShared();
    private final Map<Long, Deque<MemorySegment>> free = new HashMap<>();
    private long taken;
    private long most;

    Matrix take(int rows, int cols) {
        long size = size(4L * rows * cols);
        Deque<MemorySegment> fitting = free.get(size);
        MemorySegment memory = fitting == null || fitting.isEmpty() ? arena.allocate(size, 64) : fitting.removeLast();
        taken += size;
        most = Math.max(most, taken);
        return new Matrix(memory, rows, cols);
    }

    void give(Matrix m) {
        long size = m.data().byteSize();
        taken -= size;
        free.computeIfAbsent(size, any -> new ArrayDeque<>()).addLast(m.data());
    }

    static long size(long bytes) {
        long atLeast = Math.max(LEAST, bytes);
        int shift = Math.max(0, 64 - BITS - Long.numberOfLeadingZeros(atLeast));
        return (((atLeast - 1) >> shift) + 1) << shift;
    }

    /** Bytes that were taken at most at a time. */
    long most() {
        return most;
    }

    @Override
    public void close() {
        arena.close();
    }
}
