package dev.keiryo.engine;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory for intermediate results, taken like a stack: {@link #mark} and {@link #release} free all that was taken
 * between. Memory, views of it and {@link Matrix} objects are kept for the next forward pass, so that a token costs no
 * garbage.
 */
final class Workspace implements AutoCloseable {
    private static final long CHUNK = 4L << 20;
    /** What sizes are rounded up to. */
    private static final long UNIT = 256;

    /** Bits of a mark: units used of the chunk, matrices taken; the rest is the chunk. */
    private static final int USED_BITS = 28;

    private static final int MATRIX_BITS = 20;

    /** @param tails from each unit to the end of the chunk, made when first wanted */
    private record Chunk(MemorySegment memory, @Nullable MemorySegment[] tails) {
        MemorySegment tail(long unit) {
            MemorySegment known = tails[(int) unit];
            if (known == null) {
                known = memory.asSlice(unit * UNIT);
                tails[(int) unit] = known;
            }
            return known;
        }
    }

    private final Arena arena = Arena.ofShared();
    private final List<Chunk> chunks = new ArrayList<>();
    private final List<Matrix> matrices = new ArrayList<>();
    private int chunk;
    private long used;
    private int matrix;

    /** A matrix of unknown content, aligned to 64 bytes. */
    Matrix take(int rows, int cols) {
        long units = Math.max(1, Math.ceilDiv(4L * rows * cols, UNIT));
        while (chunk < chunks.size() && used + units > chunks.get(chunk).tails.length) {
            chunk++;
            used = 0;
        }
        if (chunk == chunks.size()) {
            long size = Math.max(CHUNK / UNIT, units);
            chunks.add(new Chunk(arena.allocate(size * UNIT, 64), new @Nullable MemorySegment[Math.toIntExact(size)]));
        }
        MemorySegment data = chunks.get(chunk).tail(used);
        used += units;
        if (matrix == matrices.size()) {
            matrices.add(new Matrix(data, rows, cols));
        } else {
            matrices.get(matrix).set(data, rows, cols);
        }
        return matrices.get(matrix++);
    }

    /** Where the stack stands, to be given to {@link #release}. */
    long mark() {
        if (used >>> USED_BITS != 0 || matrix >>> MATRIX_BITS != 0) {
            throw new IllegalStateException(matrix + " results and " + used * UNIT + " bytes are too many");
        }
        return ((((long) chunk << MATRIX_BITS) | matrix) << USED_BITS) | used;
    }

    void release(long mark) {
        used = mark & ((1L << USED_BITS) - 1);
        matrix = (int) (mark >>> USED_BITS) & ((1 << MATRIX_BITS) - 1);
        chunk = (int) (mark >>> (USED_BITS + MATRIX_BITS));
    }

    void clear() {
        release(0);
    }

    @Override
    public void close() {
        arena.close();
    }
}
