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
        int row = 0;
        for (; row + ROWS <= rows; row += ROWS) {
            long a = aAt + row * aStride;
            long c = cAt + row * cStride;
            long f = factorAt < 0 ? factorAt : factorAt + 8L * row;
            int col = 0;
            for (; col + 2 * LANES <= width; col += 2 * LANES) {
                four(memory, a, aStride, b, bAt + 4L * col, bStride, n, c + 4L * col, cStride, f);
            }
            for (; col < width; col += LANES) {
                for (int i = 0; i < ROWS; i++) {
                    long own = f < 0 ? f : f + 8L * i;
                    one(memory, a + i * aStride, b, bAt + 4L * col, bStride, n, c + i * cStride + 4L * col, own);
                }
            }
        }
        for (; row < rows; row++) {
            long a = aAt + row * aStride;
            long c = cAt + row * cStride;
            long f = factorAt < 0 ? factorAt : factorAt + 8L * row;
            int col = 0;
            for (; col + 4 * LANES <= width; col += 4 * LANES) {
                strip(memory, a, b, bAt + 4L * col, bStride, n, c + 4L * col, f);
            }
            for (; col < width; col += LANES) {
                one(memory, a, b, bAt + 4L * col, bStride, n, c + 4L * col, f);
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
            long cStride,
            long f) {
        FloatVector c00 = start(memory, c, f);
        FloatVector c01 = start(memory, c + 4L * LANES, f);
        FloatVector c10 = start(memory, c + cStride, next(f, 1));
        FloatVector c11 = start(memory, c + cStride + 4L * LANES, next(f, 1));
        FloatVector c20 = start(memory, c + 2 * cStride, next(f, 2));
        FloatVector c21 = start(memory, c + 2 * cStride + 4L * LANES, next(f, 2));
        FloatVector c30 = start(memory, c + 3 * cStride, next(f, 3));
        FloatVector c31 = start(memory, c + 3 * cStride + 4L * LANES, next(f, 3));
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

    private static long next(long f, int rows) {
        return f < 0 ? f : f + 8L * rows;
    }

    /** One row, four vectors of columns. */
    private static void strip(
            MemorySegment memory, long a, MemorySegment b, long bAt, long bStride, int n, long c, long f) {
        FloatVector c0 = start(memory, c, f);
        FloatVector c1 = start(memory, c + 4L * LANES, f);
        FloatVector c2 = start(memory, c + 8L * LANES, f);
        FloatVector c3 = start(memory, c + 12L * LANES, f);
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

    private static void one(
            MemorySegment memory, long a, MemorySegment b, long bAt, long bStride, int n, long c, long f) {
        FloatVector sum = start(memory, c, f);
        for (int k = 0; k < n; k++) {
            sum = Lanes.floats(b, bAt + k * bStride).fma(broadcast(memory, a + 4L * k), sum);
        }
        Lanes.store(sum, memory, c);
    }

    private static FloatVector start(MemorySegment memory, long c, long f) {
        return f < 0 ? FloatVector.zero(Lanes.F) : Lanes.floats(memory, c).mul(broadcast(memory, f));
    }

    private static FloatVector broadcast(MemorySegment memory, long at) {
        return FloatVector.broadcast(Lanes.F, memory.get(Lanes.F32, at));
    }
}
