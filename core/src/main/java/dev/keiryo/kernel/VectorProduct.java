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
        FloatVector c00 = FloatVector.fromMemorySegment(Lanes.F, memory, c, Lanes.ORDER);
        FloatVector c01 = FloatVector.fromMemorySegment(Lanes.F, memory, c + 4L * LANES, Lanes.ORDER);
        FloatVector c10 = FloatVector.fromMemorySegment(Lanes.F, memory, c + cStride, Lanes.ORDER);
        FloatVector c11 = FloatVector.fromMemorySegment(Lanes.F, memory, c + cStride + 4L * LANES, Lanes.ORDER);
        FloatVector c20 = FloatVector.fromMemorySegment(Lanes.F, memory, c + 2 * cStride, Lanes.ORDER);
        FloatVector c21 = FloatVector.fromMemorySegment(Lanes.F, memory, c + 2 * cStride + 4L * LANES, Lanes.ORDER);
        FloatVector c30 = FloatVector.fromMemorySegment(Lanes.F, memory, c + 3 * cStride, Lanes.ORDER);
        FloatVector c31 = FloatVector.fromMemorySegment(Lanes.F, memory, c + 3 * cStride + 4L * LANES, Lanes.ORDER);
        for (int k = 0; k < n; k++) {
            FloatVector b0 = FloatVector.fromMemorySegment(Lanes.F, b, bAt + k * bStride, Lanes.ORDER);
            FloatVector b1 = FloatVector.fromMemorySegment(Lanes.F, b, bAt + k * bStride + 4L * LANES, Lanes.ORDER);
            FloatVector a0 = FloatVector.broadcast(Lanes.F, memory.get(Lanes.F32, a + 4L * k));
            c00 = b0.fma(a0, c00);
            c01 = b1.fma(a0, c01);
            FloatVector a1 = FloatVector.broadcast(Lanes.F, memory.get(Lanes.F32, a + aStride + 4L * k));
            c10 = b0.fma(a1, c10);
            c11 = b1.fma(a1, c11);
            FloatVector a2 = FloatVector.broadcast(Lanes.F, memory.get(Lanes.F32, a + 2 * aStride + 4L * k));
            c20 = b0.fma(a2, c20);
            c21 = b1.fma(a2, c21);
            FloatVector a3 = FloatVector.broadcast(Lanes.F, memory.get(Lanes.F32, a + 3 * aStride + 4L * k));
            c30 = b0.fma(a3, c30);
            c31 = b1.fma(a3, c31);
        }
        c00.intoMemorySegment(memory, c, Lanes.ORDER);
        c01.intoMemorySegment(memory, c + 4L * LANES, Lanes.ORDER);
        c10.intoMemorySegment(memory, c + cStride, Lanes.ORDER);
        c11.intoMemorySegment(memory, c + cStride + 4L * LANES, Lanes.ORDER);
        c20.intoMemorySegment(memory, c + 2 * cStride, Lanes.ORDER);
        c21.intoMemorySegment(memory, c + 2 * cStride + 4L * LANES, Lanes.ORDER);
        c30.intoMemorySegment(memory, c + 3 * cStride, Lanes.ORDER);
        c31.intoMemorySegment(memory, c + 3 * cStride + 4L * LANES, Lanes.ORDER);
    }

    /** One row, four vectors of columns. */
    private static void strip(MemorySegment memory, long a, MemorySegment b, long bAt, long bStride, int n, long c) {
        FloatVector c0 = FloatVector.fromMemorySegment(Lanes.F, memory, c, Lanes.ORDER);
        FloatVector c1 = FloatVector.fromMemorySegment(Lanes.F, memory, c + 4L * LANES, Lanes.ORDER);
        FloatVector c2 = FloatVector.fromMemorySegment(Lanes.F, memory, c + 8L * LANES, Lanes.ORDER);
        FloatVector c3 = FloatVector.fromMemorySegment(Lanes.F, memory, c + 12L * LANES, Lanes.ORDER);
        for (int k = 0; k < n; k++) {
            FloatVector ak = FloatVector.broadcast(Lanes.F, memory.get(Lanes.F32, a + 4L * k));
            long at = bAt + k * bStride;
            c0 = FloatVector.fromMemorySegment(Lanes.F, b, at, Lanes.ORDER).fma(ak, c0);
            c1 = FloatVector.fromMemorySegment(Lanes.F, b, at + 4L * LANES, Lanes.ORDER)
                    .fma(ak, c1);
            c2 = FloatVector.fromMemorySegment(Lanes.F, b, at + 8L * LANES, Lanes.ORDER)
                    .fma(ak, c2);
            c3 = FloatVector.fromMemorySegment(Lanes.F, b, at + 12L * LANES, Lanes.ORDER)
                    .fma(ak, c3);
        }
        c0.intoMemorySegment(memory, c, Lanes.ORDER);
        c1.intoMemorySegment(memory, c + 4L * LANES, Lanes.ORDER);
        c2.intoMemorySegment(memory, c + 8L * LANES, Lanes.ORDER);
        c3.intoMemorySegment(memory, c + 12L * LANES, Lanes.ORDER);
    }

    private static void one(MemorySegment memory, long a, MemorySegment b, long bAt, long bStride, int n, long c) {
        FloatVector sum = FloatVector.fromMemorySegment(Lanes.F, memory, c, Lanes.ORDER);
        for (int k = 0; k < n; k++) {
            sum = FloatVector.fromMemorySegment(Lanes.F, b, bAt + k * bStride, Lanes.ORDER)
                    .fma(FloatVector.broadcast(Lanes.F, memory.get(Lanes.F32, a + 4L * k)), sum);
        }
        sum.intoMemorySegment(memory, c, Lanes.ORDER);
    }

    // Sums start from memory: vectors that were chosen by a branch would become objects.

    private static void clear(MemorySegment memory, long at, int n) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector.zero(Lanes.F).intoMemorySegment(memory, at + 4L * i, Lanes.ORDER);
        }
    }

    private static void scale(MemorySegment memory, long at, int n, float factor) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector.fromMemorySegment(Lanes.F, memory, at + 4L * i, Lanes.ORDER)
                    .mul(factor)
                    .intoMemorySegment(memory, at + 4L * i, Lanes.ORDER);
        }
    }
}
