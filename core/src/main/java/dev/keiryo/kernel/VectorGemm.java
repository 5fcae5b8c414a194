package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.F;
import static dev.keiryo.kernel.Lanes.LANES;

import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Matrix products by {@code jdk.incubator.vector}: six rows of C times two vectors of columns at once, which 16 registers hold.
 * Packed numbers are on the heap, where arrays are checked least, and float32 whatever the matrices are.
 */
public final class VectorGemm extends BlockedGemm {
    private static final int ROWS = 6;
    private static final int COLUMNS = 2 * LANES;

    private static final VectorMask<Float> ODD_1 = odd(1);
    private static final VectorMask<Float> ODD_2 = odd(2);
    private static final VectorMask<Float> ODD_4 = odd(4);
    private static final VectorMask<Float> ODD_8 = odd(8);

    private static VectorMask<Float> odd(int distance) {
        boolean[] lanes = new boolean[LANES];
        for (int i = 0; i < LANES; i++) {
            lanes[i] = (i & distance) != 0;
        }
        return VectorMask.fromValues(F, lanes);
    }

    @Override
    int rowStep() {
        return ROWS;
    }

    @Override
    int columnStep() {
        return COLUMNS;
    }

    @Override
    void packRows(MatrixView a, Scratch scratch) {
        GemmScratch own = scratch.gemm();
        int panels = Math.ceilDiv(a.rows(), ROWS);
        pack(a, ROWS, own.rowFloats(panels * a.cols() * ROWS + LANES), own.square());
    }

    @Override
    void packColumns(MatrixView b, Scratch scratch) {
        GemmScratch own = scratch.gemm();
        int panels = Math.ceilDiv(b.cols(), COLUMNS);
        pack(b.transpose(), COLUMNS, own.columnFloats(panels * b.rows() * COLUMNS), own.square());
    }

    /** Panels of some lines each: for each k their numbers, zeros for lines missing in the last panel. */
    private static void pack(MatrixView lines, int panel, float[] out, float[] square) {
        int k = lines.cols();
        for (int line = 0, at = 0; line < lines.rows(); line += panel, at += panel * k) {
            int count = Math.min(panel, lines.rows() - line);
            // What a vector holds beyond the panel's end belongs to the next k, or panel, and is overwritten: the last
            // part first.
            for (int part = (panel - 1) / LANES * LANES; part >= 0; part -= LANES) {
                int some = Math.clamp(count - part, 0, LANES);
                if (lines.columnMajor()) {
                    for (int p = 0; p < k; p++) {
                        load(lines, lines.offset(line + part, p), some).intoArray(out, at + p * panel + part);
                    }
                    continue;
                }
                for (int p = 0; p < k; p += LANES) {
                    int words = Math.min(LANES, k - p);
                    for (int i = 0; i < LANES; i++) {
                        FloatVector v =
                                i < some ? load(lines, lines.offset(line + part + i, p), words) : FloatVector.zero(F);
                        v.intoArray(square, i * LANES);
                    }
                    transpose(square);
                    for (int i = 0; i < words; i++) {
                        FloatVector.fromArray(F, square, i * LANES).intoArray(out, at + (p + i) * panel + part);
                    }
                }
            }
        }
    }

    /** {@code n} numbers as float32, then zeros. */
    private static FloatVector load(MatrixView view, long offset, int n) {
        MemorySegment data = view.data();
        if (view.type() == TensorType.F32) {
            return n == LANES ? Lanes.floats(data, offset) : Lanes.floats(data, offset, n);
        }
        return (n == LANES ? Lanes.shorts(data, offset) : Lanes.shorts(data, offset, n))
                .lanewise(VectorOperators.LSHL, 16)
                .reinterpretAsFloats();
    }

    /** By exchanging ever larger blocks on either side of the diagonal. */
    private static void transpose(float[] square) {
        exchange(square, 1);
        exchange(square, 2);
        if (LANES > 4) {
            exchange(square, 4);
        }
        if (LANES > 8) {
            exchange(square, 8);
        }
    }

    private static void exchange(float[] square, int distance) {
        for (int i = 0; i < LANES; i++) {
            if ((i & distance) == 0) {
                int j = i + distance;
                FloatVector x = FloatVector.fromArray(F, square, i * LANES);
                FloatVector y = FloatVector.fromArray(F, square, j * LANES);
                VectorMask<Float> odd = distance == 1 ? ODD_1 : distance == 2 ? ODD_2 : distance == 4 ? ODD_4 : ODD_8;
                x.blend(Lanes.swapped(y, distance), odd).intoArray(square, i * LANES);
                Lanes.swapped(x, distance).blend(y, odd).intoArray(square, j * LANES);
            }
        }
    }

    @Override
    void multiplyPacked(MatrixView c, TensorType type, int k, boolean add, Scratch scratch) {
        float[] a = scratch.gemm().rowFloats(0);
        float[] b = scratch.gemm().columnFloats(0);
        float[] tile = scratch.gemm().square();
        for (int col = 0; col < c.cols(); col += COLUMNS) {
            int cols = Math.min(COLUMNS, c.cols() - col);
            for (int row = 0; row < c.rows(); row += ROWS) {
                multiplyPanels(a, row * k, b, col * k, k, tile);
                int rows = Math.min(ROWS, c.rows() - row);
                for (int i = 0; i < rows; i++) {
                    store(tile, i * COLUMNS, c, c.offset(row + i, col), Math.min(LANES, cols), add);
                    if (cols > LANES) {
                        store(tile, i * COLUMNS + LANES, c, c.offset(row + i, col + LANES), cols - LANES, add);
                    }
                }
            }
        }
    }

    private static void store(float[] tile, int from, MatrixView c, long offset, int n, boolean add) {
        FloatVector sum = FloatVector.fromArray(F, tile, from);
        MemorySegment data = c.data();
        if (n == LANES) {
            Lanes.store(add ? Lanes.floats(data, offset).add(sum) : sum, data, offset);
        } else {
            Lanes.store(add ? Lanes.floats(data, offset, n).add(sum) : sum, data, offset, n);
        }
    }

    /** {@code tile = A·B} for a panel of each, which begin at {@code i} and {@code j}. */
    private static void multiplyPanels(float[] a, int i, float[] b, int j, int k, float[] tile) {
        FloatVector c00 = FloatVector.zero(F);
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        for (int p = 0; p < k; p++) {
            FloatVector b0 = FloatVector.fromArray(F, b, j + p * COLUMNS);
            FloatVector b1 = FloatVector.fromArray(F, b, j + p * COLUMNS + LANES);
            FloatVector x = FloatVector.broadcast(F, a[i + p * ROWS]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            x = FloatVector.broadcast(F, a[i + p * ROWS + 1]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            x = FloatVector.broadcast(F, a[i + p * ROWS + 2]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            x = FloatVector.broadcast(F, a[i + p * ROWS + 3]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            x = FloatVector.broadcast(F, a[i + p * ROWS + 4]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            x = FloatVector.broadcast(F, a[i + p * ROWS + 5]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
        }
        store(tile, 0, c00, c01);
        store(tile, 1, c10, c11);
        store(tile, 2, c20, c21);
        store(tile, 3, c30, c31);
        store(tile, 4, c40, c41);
        store(tile, 5, c50, c51);
    }

    private static void store(float[] tile, int row, FloatVector v, FloatVector w) {
        v.intoArray(tile, row * COLUMNS);
        w.intoArray(tile, row * COLUMNS + LANES);
    }
}
