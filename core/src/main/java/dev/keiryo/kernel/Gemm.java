package dev.keiryo.kernel;

import dev.keiryo.tensor.TensorType;

/**
 * General matrix products {@code C = A·B} and {@code C = C + A·B}, the arithmetic of training: A {@code [m, k]} and B
 * {@code [k, n]} both of float32 or both of bfloat16, C {@code [m, n]} of float32, each plain or transposed as its
 * {@link MatrixView} says.
 *
 * <p><b>Order of sums.</b> Over blocks of {@link #BLOCK} of k (bfloat16: twice as many), {@code s = fma(a, b, s)} in the
 * order of k, from 0; then {@code C = s} for the first block, {@code C = C + s} for the others, and for all of them when
 * accumulating. So all implementations give the same bits for float32, and a number of C depends on its row of A and its
 * column of B alone: the same bits for any split of C among threads. The sum over no k is 0. For bfloat16 the same holds
 * of scalar and vector products; emitted ones sum pairs of products as the processor's {@code VDPBF16PS} defines it, where
 * it has that: it rounds to even, and takes denormal numbers for 0.
 *
 * <p>Implementations are stateless; {@code scratch} is the thread's own.
 */
public sealed interface Gemm permits ScalarGemm, BlockedGemm {
    /** Products of float32 summed before their sum is added to C. */
    int BLOCK = 384;

    /** Fewer multiplications than this take less time than waking a thread does. */
    long WORTH_SHARING = 1 << 16;

    /**
     * Whether products of bfloat16 are summed by the processor's instruction for pairs, and so not in the scalar
     * implementation's order.
     */
    default boolean roundsPairs() {
        return false;
    }

    /** The implementation that goes with {@code kernels}. */
    static Gemm of(Kernels kernels) {
        return switch (kernels) {
            case ScalarKernels scalar -> new ScalarGemm();
            case VectorKernels vector -> new VectorGemm();
            case EmittedKernels emitted -> new EmittedGemm();
        };
    }

    /**
     * Computes in the calling thread.
     *
     * @param c overlaps neither a nor b, and lies in memory that can be written
     * @throws IllegalArgumentException where shapes or types do not go together
     */
    void multiply(MatrixView a, MatrixView b, MatrixView c, boolean accumulate, Scratch scratch);

    /**
     * Computes in the threads of {@code workers}, each its own block of C: the same bits as in one.
     *
     * @param scratch one for each thread
     */
    default void multiply(
            MatrixView a, MatrixView b, MatrixView c, boolean accumulate, Workers workers, Scratch[] scratch) {
        check(a, b, c);
        if ((long) c.rows() * c.cols() * a.cols() < WORTH_SHARING || workers.size() == 1) {
            multiply(a, b, c, accumulate, scratch[0]);
            return;
        }
        GemmGrid grid = GemmGrid.of(c.rows(), c.cols(), workers.size());
        workers.run(grid.blocks(), 1, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                int row = grid.row(i);
                int col = grid.col(i);
                int height = grid.row(i + grid.across()) - row;
                int width = grid.colEnd(i) - col;
                multiply(
                        a.rows(row, height),
                        b.cols(col, width),
                        c.block(row, col, height, width),
                        accumulate,
                        scratch[worker]);
            }
        });
    }

    /** Whether A, B and C go together. */
    static void check(MatrixView a, MatrixView b, MatrixView c) {
        if (a.cols() != b.rows() || a.rows() != c.rows() || b.cols() != c.cols()) {
            throw new IllegalArgumentException("%s times %s is not %s".formatted(a, b, c));
        }
        if (a.type() != b.type() || c.type() != TensorType.F32) {
            throw new IllegalArgumentException(
                    "A and B have one type and C is F32, but they are %s, %s and %s".formatted(a, b, c));
        }
        if (c.data().isReadOnly()) {
            throw new IllegalArgumentException("C cannot be written");
        }
    }
}
