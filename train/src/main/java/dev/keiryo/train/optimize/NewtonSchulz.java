package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.FloatLanes.F;
import static dev.keiryo.train.optimize.FloatLanes.get;
import static dev.keiryo.train.optimize.FloatLanes.load;
import static dev.keiryo.train.optimize.FloatLanes.set;
import static dev.keiryo.train.optimize.FloatLanes.store;

import dev.keiryo.kernel.Gemm;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.MatrixView;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;

/**
 * The orthogonal matrix next to a given one, roughly: its singular values become numbers about 1, between 0.7 and 1.2. With the matrix
 * divided by its norm, and the shorter of its sides m,
 *
 * <pre>{@code
 * A = X·Xᵀ,  X = (a·I + (b·I + c·A)·A)·X,   a = 3.4445, b = -4.7750, c = 2.0315
 * }</pre>
 *
 * some times. {@code 4·m²·n + 2·m³} floating-point operations each. In float32, where the reference has bfloat16.
 *
 * <p>Source: Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks, kellerjordan.github.io/posts/muon.
 */
final class NewtonSchulz {
    private static final float A = 3.4445f;
    private static final float B = -4.7750f;
    private static final float C = 2.0315f;
    private static final double EPSILON = 1e-7;

    /** Parts of a symmetric product's rows: with four, 5/8 of it is computed. */
    private static final int PARTS = 4;

    private static final int LEAST_ROWS = 96;
    private static final int TILE = 16;

    private final Gemm gemm = Gemm.of(Kernels.best());
    private final Workers workers;
    private final Scratch[] scratch;
    private final MemorySegment input;
    private final MemorySegment other;
    private final MemorySegment gram;
    private final MemorySegment inner;
    private final MemorySegment outer;

    /**
     * @param most numbers of the largest matrix
     * @param side the longest of the matrices' shorter sides
     */
    NewtonSchulz(long most, int side, Workers workers, Optimizer owner) {
        this.workers = workers;
        scratch = Scratch.forThreads(workers.size());
        long square = 4L * side * side;
        input = owner.scratch(4 * most);
        other = owner.scratch(4 * most);
        gram = owner.scratch(square);
        inner = owner.scratch(square);
        outer = owner.scratch(square);
    }

    /** Where the matrix is to be put. */
    MemorySegment input() {
        return input;
    }

    /**
     * Orthogonalizes {@link #input}, {@code [rows, cols]}.
     *
     * @param squares {@code Σ x²} of it
     * @return the result, until the next call
     */
    MemorySegment run(int rows, int cols, double squares, int iterations) {
        float norm = (float) (1 / (Math.sqrt(squares) + EPSILON));
        int step = Math.max(1, WeightBlocks.SIZE / Math.max(1, cols));
        workers.run(rows, step, (from, to, worker) -> scale(input, 4L * from * cols, norm, input, (to - from) * cols));
        MemorySegment x = input;
        MemorySegment y = other;
        int side = Math.min(rows, cols);
        MatrixView g = view(gram, side, side);
        MatrixView p = view(inner, side, side);
        MatrixView q = view(outer, side, side);
        for (int i = 0; i < iterations; i++) {
            MatrixView wide = wide(x, rows, cols);
            symmetric(wide, wide.transpose(), g);
            workers.run(side, Math.max(1, WeightBlocks.SIZE / side), (from, to, worker) -> {
                scale(gram, 4L * from * side, C, inner, (to - from) * side);
                addToDiagonal(inner, side, B, from, to);
            });
            symmetric(p, g, q);
            addToDiagonal(outer, side, A, 0, side);
            gemm.multiply(q, wide, wide(y, rows, cols), false, workers, scratch);
            MemorySegment z = x;
            x = y;
            y = z;
        }
        return x;
    }

    /** {@code C = A·B} where that is symmetric: what is below the diagonal, some rows at a time, then the rest from there. */
    private void symmetric(MatrixView a, MatrixView b, MatrixView c) {
        int side = c.rows();
        int height = Math.max(LEAST_ROWS, Math.ceilDiv(side, PARTS));
        for (int row = 0; row < side; row += height) {
            int rows = Math.min(height, side - row);
            gemm.multiply(
                    a.rows(row, rows),
                    b.cols(0, row + rows),
                    c.block(row, 0, rows, row + rows),
                    false,
                    workers,
                    scratch);
        }
        MemorySegment data = c.data();
        workers.run(side, TILE, (from, to, worker) -> {
            for (int row = from; row < to; row += TILE) {
                mirror(data, side, row, Math.min(row + TILE, to));
            }
        });
    }

    /** Rows {@code [from, to)} right of the diagonal, tile by tile, from what is below it. */
    private static void mirror(MemorySegment c, int side, int from, int to) {
        for (int col = from; col < side; col += TILE) {
            int end = Math.min(side, col + TILE);
            for (int i = from; i < to; i++) {
                for (int j = Math.max(col, i + 1); j < end; j++) {
                    set(c, 4L * ((long) i * side + j), get(c, 4L * ((long) j * side + i)));
                }
            }
        }
    }

    private static MatrixView view(MemorySegment data, int rows, int cols) {
        return new MatrixView(data, TensorType.F32, rows, cols, cols, false);
    }

    /** With no more rows than columns. */
    private static MatrixView wide(MemorySegment data, int rows, int cols) {
        MatrixView view = view(data, rows, cols);
        return rows > cols ? view.transpose() : view;
    }

    private static void scale(MemorySegment x, long from, float s, MemorySegment y, int n) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            store(load(x, from + 4L * i).mul(s), y, from + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            set(y, from + 4L * i, get(x, from + 4L * i) * s);
        }
    }

    private static void addToDiagonal(MemorySegment x, int side, float value, int from, int to) {
        for (int i = from; i < to; i++) {
            long at = 4L * ((long) i * side + i);
            set(x, at, get(x, at) + value);
        }
    }
}
