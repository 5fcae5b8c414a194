package dev.keiryo.kernel;

import dev.keiryo.tensor.Matrix;

/**
 * An orthogonal transform of heads that spreads what stands out in single dimensions over all of them, so that keys and values
 * lose less where they are kept in few bits: {@code y = H·S·x/√n} with Hadamard's matrix H and fixed signs S. Queries that are
 * transformed like their keys give the same products. Ashkboos et al. 2024 (QuaRot), arXiv:2404.00456.
 *
 * <p>Where a head's dimensions are not a power of two, its blocks are: 80 are 64 and 16. Each row by itself, in one order of
 * operations.
 */
public final class Hadamard {
    private Hadamard() {}

    /**
     * {@code y[row] = } the transform of {@code x[row]}, head by head; both may be the same.
     *
     * @param dim numbers of a head
     * @param inverse whether to undo it
     * @param head room for {@code dim} numbers
     */
    public static void transform(Matrix x, Matrix y, int row, int dim, boolean inverse, float[] head) {
        for (int at = 0; at < x.cols(); at += dim) {
            long from = x.rowOffset(row) + 4L * at;
            long to = y.rowOffset(row) + 4L * at;
            for (int i = 0; i < dim; i++) {
                head[i] = x.data().get(Matrix.F32, from + 4L * i);
            }
            transform(head, dim, inverse);
            for (int i = 0; i < dim; i++) {
                y.data().set(Matrix.F32, to + 4L * i, head[i]);
            }
        }
    }

    /** As above, of the first {@code dim} numbers of {@code head}, in place. */
    public static void transform(float[] head, int dim, boolean inverse) {
        for (int from = 0; from < dim; ) {
            int n = Integer.highestOneBit(dim - from);
            if (!inverse) {
                flip(head, from, n);
            }
            for (int half = 1; half < n; half *= 2) {
                for (int block = from; block < from + n; block += 2 * half) {
                    for (int i = block; i < block + half; i++) {
                        float a = head[i];
                        float b = head[i + half];
                        head[i] = a + b;
                        head[i + half] = a - b;
                    }
                }
            }
            float factor = (float) (1 / Math.sqrt(n));
            for (int i = from; i < from + n; i++) {
                head[i] *= factor;
            }
            if (inverse) {
                flip(head, from, n);
            }
            from += n;
        }
    }

    /** Signs without a pattern: without them, dimensions that have much in common would add up in one. */
    private static void flip(float[] head, int from, int n) {
        for (int i = from; i < from + n; i++) {
            int hash = i * 0x9E3779B9;
            head[i] = (hash ^ hash >>> 15) * 0x85EBCA6B < 0 ? -head[i] : head[i];
        }
    }
}
