package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/** {@code c[i, j] = f[i]·c[i, j] + Σ_k a[i, k]·b[k, j]} by fma in the order of k, for a few rows i. */
final class VectorProduct {
    /** Rows computed together. */
    private static final int ROWS = 4;

    private VectorProduct() {}

    /**
     * All but b are in {@code memory}; {@code …At} are offsets, strides are bytes from row to row, and c's rows follow one
     * another.
     *
     * @param n how many rows of b
     * @param width columns, a multiple of 16
     * @param factorAt where f is, 8 bytes from row to row; negative for {@code f = 0}, whatever c holds
     */
    static void multiply(
            MemorySegment memory,
            long aAt,
            long aStride,
            MemorySegment b,
            long bAt,
            long bStride,
            int n,
            long cAt,
            int rows,
            int width,
            long factorAt) {
        long cStride = 4L * width;
        for (int i = 0; i < rows; i++) {
            if (factorAt < 0) {
                clear(memory, cAt + i * cStride, width);
            } else {
                scale(memory, cAt + i * cStride, width, memory.get(Lanes.F32, factorAt + 8L * i));
            }
        }
        int row = 0;
        for (; row + ROWS <= rows; row += ROWS) {
            long a = aAt + row * aStride;
            long c = cAt + row * cStride;
            int col = 0;
            for (; col + 2 * LANES <= width; col += 2 * LANES) {
                four(memory, a, aStride, b, bAt + 4L * col, bStride, n, c + 4L * col, cStride);
            }
            for (; col < width; col += LANES) {
                for (int i = 0; i < ROWS; i++) {
                    one(memory, a + i * aStride, b, bAt + 4L * col, bStride, n, c + i * cStride + 4L * col);
                }
            }
        }
        for (; row < rows; row++) {
            long a = aAt + row * aStride;
            long c = cAt + row * cStride;
            int col = 0;
            for (; col + 4 * LANES <= width; col += 4 * LANES) {
                strip(memory, a, b, bAt + 4L * col, bStride, n, c + 4L * col);
            }
            for (; col < width; col += LANES) {
                one(memory, a, b, bAt + 4L * col, bStride, n, c + 4L * col);
            }
        }
    }

    /** Four rows, two vectors of columns. */
    private static void four(
            MemorySegment memory,
            long a,
            long aStride,
            MemorySegment b,
            long bAt,
            long bStride,
            int n,
            long c,
            long cStride) {
        FloatVector c00 = Lanes.floats(memory, c);
        FloatVector c01 = Lanes.floats(memory, c + 4L * LANES);
        FloatVector c10 = Lanes.floats(memory, c + cStride);
        FloatVector c11 = Lanes.floats(memory, c + cStride + 4L * LANES);
        FloatVector c20 = Lanes.floats(memory, c + 2 * cStride);
        FloatVector c21 = Lanes.floats(memory, c + 2 * cStride + 4L * LANES);
        FloatVector c30 = Lanes.floats(memory, c + 3 * cStride);
        FloatVector c31 = Lanes.floats(memory, c + 3 * cStride + 4L * LANES);
        for (int k = 0; k < n; k++) {
            FloatVector b0 = Lanes.floats(b, bAt + k * bStride);
            FloatVector b1 = Lanes.floats(b, bAt + k * bStride + 4L * LANES);
            FloatVector a0 = broadcast(memory, a + 4L * k);
            c00 = b0.fma(a0, c00);
            c01 = b1.fma(a0, c01);
            FloatVector a1 = broadcast(memory, a + aStride + 4L * k);
            c10 = b0.fma(a1, c10);
            c11 = b1.fma(a1, c11);
            FloatVector a2 = broadcast(memory, a + 2 * aStride + 4L * k);
            c20 = b0.fma(a2, c20);
            c21 = b1.fma(a2, c21);
            FloatVector a3 = broadcast(memory, a + 3 * aStride + 4L * k);
            c30 = b0.fma(a3, c30);
            c31 = b1.fma(a3, c31);
        }
        Lanes.store(c00, memory, c);
        Lanes.store(c01, memory, c + 4L * LANES);
        Lanes.store(c10, memory, c + cStride);
        Lanes.store(c11, memory, c + cStride + 4L * LANES);
        Lanes.store(c20, memory, c + 2 * cStride);
        Lanes.store(c21, memory, c + 2 * cStride + 4L * LANES);
        Lanes.store(c30, memory, c + 3 * cStride);
        Lanes.store(c31, memory, c + 3 * cStride + 4L * LANES);
    }

    /** One row, four vectors of columns. */
    private static void strip(MemorySegment memory, long a, MemorySegment b, long bAt, long bStride, int n, long c) {
        FloatVector c0 = Lanes.floats(memory, c);
        FloatVector c1 = Lanes.floats(memory, c + 4L * LANES);
        FloatVector c2 = Lanes.floats(memory, c + 8L * LANES);
        FloatVector c3 = Lanes.floats(memory, c + 12L * LANES);
        for (int k = 0; k < n; k++) {
            FloatVector ak = broadcast(memory, a + 4L * k);
            long at = bAt + k * bStride;
            c0 = Lanes.floats(b, at).fma(ak, c0);
            c1 = Lanes.floats(b, at + 4L * LANES).fma(ak, c1);
            c2 = Lanes.floats(b, at + 8L * LANES).fma(ak, c2);
            c3 = Lanes.floats(b, at + 12L * LANES).fma(ak, c3);
        }
        Lanes.store(c0, memory, c);
        Lanes.store(c1, memory, c + 4L * LANES);
        Lanes.store(c2, memory, c + 8L * LANES);
        Lanes.store(c3, memory, c + 12L * LANES);
    }

    private static void one(MemorySegment memory, long a, MemorySegment b, long bAt, long bStride, int n, long c) {
        FloatVector sum = Lanes.floats(memory, c);
        for (int k = 0; k < n; k++) {
            sum = Lanes.floats(b, bAt + k * bStride).fma(broadcast(memory, a + 4L * k), sum);
        }
        Lanes.store(sum, memory, c);
    }

    // Sums start from memory: vectors that were chosen by a branch would become objects.

    private static void clear(MemorySegment memory, long at, int n) {
        for (int i = 0; i < n; i += LANES) {
            Lanes.store(FloatVector.zero(Lanes.F), memory, at + 4L * i);
        }
    }

    private static void scale(MemorySegment memory, long at, int n, float factor) {
        for (int i = 0; i < n; i += LANES) {
            Lanes.store(Lanes.floats(memory, at + 4L * i).mul(factor), memory, at + 4L * i);
        }
    }

    private static FloatVector broadcast(MemorySegment memory, long at) {
        return FloatVector.broadcast(Lanes.F, memory.get(Lanes.F32, at));
    }
}
