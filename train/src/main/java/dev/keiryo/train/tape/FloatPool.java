package dev.keiryo.train.tape;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Memory for float32 matrices, kept for the next of about the same size: {@link PoolSizes}. */
final class FloatPool implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final PoolSizes sizes = new PoolSizes();
    private final Map<Long, Deque<MemorySegment>> free = new HashMap<>();

    Matrix take(int rows, int cols) {
        PoolSizes.Found found = sizes.take(4L * rows * cols);
        Deque<MemorySegment> fitting = free.computeIfAbsent(found.size(), any -> new ArrayDeque<>());
        return new Matrix(found.isNew() ? arena.allocate(found.size(), 64) : fitting.removeLast(), rows, cols);
    }

    void give(Matrix m) {
        sizes.give(m.data().byteSize());
        free.computeIfAbsent(m.data().byteSize(), any -> new ArrayDeque<>()).addLast(m.data());
    }

    PoolSizes sizes() {
        return sizes;
    }

    @Override
    public void close() {
        arena.close();
    }
}
