package dev.keiryo.bench;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.Random;

/** Inputs from a seed, and the comparison of results. */
final class Data {
    private Data() {}

    /** Normal numbers. */
    static Matrix random(Arena arena, int rows, int cols, long seed) {
        Random random = new Random(seed);
        Matrix m = Matrix.zeros(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                m.put(r, c, (float) random.nextGaussian());
            }
        }
        return m;
    }

    /**
     * Compares columns {@code [from, to)} of all rows.
     *
     * @param tolerance the largest difference allowed, relative to the largest expected number
     * @throws IllegalStateException where results differ by more
     */
    static void check(String what, Matrix expected, Matrix actual, int from, int to, double tolerance) {
        double largest = 0;
        for (int r = 0; r < expected.rows(); r++) {
            for (int c = from; c < to; c++) {
                largest = Math.max(largest, Math.abs(expected.get(r, c)));
            }
        }
        for (int r = 0; r < expected.rows(); r++) {
            for (int c = from; c < to; c++) {
                double difference = Math.abs(expected.get(r, c) - actual.get(r, c));
                if (!(difference <= tolerance * largest)) {
                    throw new IllegalStateException("%s is wrong at %d, %d: %s, but scalar kernels say %s"
                            .formatted(what, r, c, actual.get(r, c), expected.get(r, c)));
                }
            }
        }
    }
}
