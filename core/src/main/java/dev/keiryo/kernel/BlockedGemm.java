package dev.keiryo.kernel;

import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * What fast matrix products share: blocks of A and B that stay in the caches are packed, that is copied in the order in which
 * they are used, and multiplied panel by panel.
 *
 * <p>Source: Goto and van de Geijn 2008, Anatomy of High-Performance Matrix Multiplication, doi:10.1145/1356052.1356053.
 */
abstract sealed class BlockedGemm implements Gemm permits VectorGemm, EmittedGemm {
    /** Most rows of A packed at once, with {@link #BLOCK} columns: 420 KiB, which stay in a core's second cache. */
    static final int ROW_BLOCK = 280;

    /** Most columns of B packed at once, with {@link #BLOCK} rows: 1.5 MiB, which stay in the last cache. */
    static final int COLUMN_BLOCK = 1024;

    /** Columns that share registers; a C with fewer of them is computed as its transpose. */
    static final int NARROW = 16;

    /** Columns of a narrow C's transpose computed at once. */
    private static final int NARROW_BLOCK = 1024;

    @Override
    public final void multiply(MatrixView a, MatrixView b, MatrixView c, boolean accumulate, Scratch scratch) {
        Gemm.check(a, b, c);
        if (c.columnMajor()) {
            multiply(b.transpose(), a.transpose(), c.transpose(), accumulate, scratch);
        } else if (a.cols() == 0) {
            clear(c, accumulate);
        } else if (c.cols() < NARROW && c.rows() > c.cols()) {
            narrow(a, b, c, accumulate, scratch);
        } else if (c.rows() > 0) {
            try {
                product(a, b, c, accumulate, scratch);
            } finally {
                // Machine code knows addresses, not whose they are.
                Reference.reachabilityFence(a);
                Reference.reachabilityFence(b);
                Reference.reachabilityFence(c);
            }
        }
    }

    private static void clear(MatrixView c, boolean accumulate) {
        for (int i = 0; i < c.rows() && !accumulate; i++) {
            for (int j = 0; j < c.cols(); j++) {
                c.put(i, j, 0);
            }
        }
    }

    /** {@code Cᵀ = Bᵀ·Aᵀ} beside C, since lanes are neighbours in a row. */
    private void narrow(MatrixView a, MatrixView b, MatrixView c, boolean accumulate, Scratch scratch) {
        int n = c.cols();
        MemorySegment beside = scratch.gemm().narrow((long) Float.BYTES * NARROW * NARROW_BLOCK);
        for (int from = 0; from < c.rows(); from += NARROW_BLOCK) {
            int count = Math.min(NARROW_BLOCK, c.rows() - from);
            MatrixView t = new MatrixView(beside, TensorType.F32, n, count, NARROW_BLOCK, false);
            for (int j = 0; j < n && accumulate; j++) {
                for (int i = 0; i < count; i++) {
                    t.put(j, i, c.get(from + i, j));
                }
            }
            multiply(b.transpose(), a.rows(from, count).transpose(), t, accumulate, scratch);
            for (int j = 0; j < n; j++) {
                for (int i = 0; i < count; i++) {
                    c.put(from + i, j, t.get(j, i));
                }
            }
        }
    }

    /** The product of matrices that are not empty; C is row-major. */
    void product(MatrixView a, MatrixView b, MatrixView c, boolean accumulate, Scratch scratch) {
        int k = a.cols();
        int depth = depth(a.type());
        int height = even(c.rows(), ROW_BLOCK, rowStep());
        int width = even(c.cols(), COLUMN_BLOCK, columnStep());
        for (int col = 0; col < c.cols(); col += width) {
            int cols = Math.min(width, c.cols() - col);
            for (int from = 0; from < k; from += depth) {
                int count = Math.min(depth, k - from);
                packColumns(b.block(from, col, count, cols), scratch);
                for (int row = 0; row < c.rows(); row += height) {
                    int rows = Math.min(height, c.rows() - row);
                    packRows(a.block(row, from, rows, count), scratch);
                    multiplyPacked(c.block(row, col, rows, cols), a.type(), count, accumulate || from > 0, scratch);
                }
            }
        }
    }

    /** Products summed before their sum is added to C. */
    static int depth(TensorType type) {
        return type == TensorType.F32 ? BLOCK : 2 * BLOCK;
    }

    /** The length of equal parts of {@code n}, multiples of {@code step} and none above {@code most}, but for a shorter last. */
    private static int even(int n, int most, int step) {
        int parts = Math.ceilDiv(n, most);
        return Math.ceilDiv(Math.ceilDiv(n, parts), step) * step;
    }

    /** Rows of A in a panel. */
    abstract int rowStep();

    /** Columns of B in a panel. */
    abstract int columnStep();

    /** Packs a block of A: panels of {@link #rowStep()} rows. */
    abstract void packRows(MatrixView a, Scratch scratch);

    /** Packs a block of B: panels of {@link #columnStep()} columns. */
    abstract void packColumns(MatrixView b, Scratch scratch);

    /** Adds the product of what was packed, or assigns it, to a block of C. */
    abstract void multiplyPacked(MatrixView c, TensorType type, int k, boolean add, Scratch scratch);
}
