package dev.keiryo.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What a thread needs for matrix products: packed blocks, in the form that its kernels use. Contents are lost on growing. */
final class GemmScratch {
    private MemorySegment rows = MemorySegment.NULL;
    private MemorySegment columns = MemorySegment.NULL;
    private MemorySegment narrow = MemorySegment.NULL;
    private MemorySegment widened = MemorySegment.NULL;
    private float[] rowFloats = {};
    private float[] columnFloats = {};
    private final float[] square = new float[16 * 16];

    private static MemorySegment grown(MemorySegment had, long bytes) {
        return had.byteSize() < bytes ? Arena.ofAuto().allocate(bytes, 64) : had;
    }

    /** At least {@code bytes} for a block of A. */
    MemorySegment rows(long bytes) {
        rows = grown(rows, bytes);
        return rows;
    }

    /** At least {@code bytes} for a block of B. */
    MemorySegment columns(long bytes) {
        columns = grown(columns, bytes);
        return columns;
    }

    /** At least {@code bytes} for a part of C's transpose. */
    MemorySegment narrow(long bytes) {
        narrow = grown(narrow, bytes);
        return narrow;
    }

    /** At least {@code bytes} for a block in float32 before it is packed. */
    MemorySegment widened(long bytes) {
        widened = grown(widened, bytes);
        return widened;
    }

    /** At least {@code n} floats for a block of A. */
    float[] rowFloats(int n) {
        if (rowFloats.length < n) {
            rowFloats = new float[n];
        }
        return rowFloats;
    }

    /** At least {@code n} floats for a block of B. */
    float[] columnFloats(int n) {
        if (columnFloats.length < n) {
            columnFloats = new float[n];
        }
        return columnFloats;
    }

    /** A vector of vectors, or what registers hold of C. */
    float[] square() {
        return square;
    }
}
