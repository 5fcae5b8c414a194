package dev.keiryo.engine;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory for intermediate results, taken like a stack: {@link #mark} and {@link #release} free all that was taken
 * between. Memory and {@link Matrix} objects are kept for the next forward pass, so that a token costs no garbage.
 */
final class Workspace implements AutoCloseable {
    private static final long CHUNK = 4L << 20;

    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> chunks = new ArrayList<>();
    private final List<Matrix> matrices = new ArrayList<>();
    private int chunk;
    private long used;
    private int matrix;

    /** A matrix of unknown content. */
    Matrix take(int rows, int cols) {
        long bytes = Math.max(64, (4L * rows * cols + 63) / 64 * 64);
        while (chunk < chunks.size() && used + bytes > chunks.get(chunk).byteSize()) {
            chunk++;
            used = 0;
        }
        if (chunk == chunks.size()) {
            chunks.add(arena.allocate(Math.max(CHUNK, bytes), 64));
        }
        MemorySegment data = chunks.get(chunk).asSlice(used, bytes);
        used += bytes;
        if (matrix == matrices.size()) {
            matrices.add(new Matrix(data, rows, cols));
        } else {
            matrices.get(matrix).set(data, rows, cols);
        }
        return matrices.get(matrix++);
    }

    /** Where the stack stands, to be given to {@link #release}. */
    record Mark(int chunk, long used, int matrix) {}

    Mark mark() {
        return new Mark(chunk, used, matrix);
    }

    void release(Mark mark) {
        chunk = mark.chunk;
        used = mark.used;
        matrix = mark.matrix;
    }

    void clear() {
        chunk = 0;
        used = 0;
        matrix = 0;
    }

    @Override
    public void close() {
        arena.close();
    }
}
