package dev.keiryo.calibrate;

import org.jspecify.annotations.Nullable;

/** What the inputs x of one matrix, or of one expert's, were over some forward passes. Sums are in double precision. */
public final class InputStatistics {
    final double[] squares;
    final double[] magnitudes;
    final double @Nullable [] gram;
    long rows;

    InputStatistics(int cols, boolean withGram) {
        this.squares = new double[cols];
        this.magnitudes = new double[cols];
        this.gram = withGram ? new double[Math.multiplyExact(cols, cols)] : null;
    }

    /** Length of x. */
    public int cols() {
        return squares.length;
    }

    /** How many x there were. */
    public long rows() {
        return rows;
    }

    /** {@code Σ x_j²} of each column j; the array itself. */
    public double[] squares() {
        return squares;
    }

    /** {@code Σ |x_j|} of each column j; the array itself. */
    public double[] magnitudes() {
        return magnitudes;
    }

    /** {@code Σ x·xᵀ}, {@code [cols, cols]} and symmetric; the array itself. Null where it was not asked for. */
    public double @Nullable [] gram() {
        return gram;
    }

    /** What is gathered of an input, {@code [rows, cols]} in {@code x}. */
    void add(float[] x, int count) {
        int cols = squares.length;
        for (int r = 0; r < count; r++) {
            for (int j = 0; j < cols; j++) {
                double v = x[r * cols + j];
                squares[j] += v * v;
                magnitudes[j] += Math.abs(v);
            }
        }
        rows += count;
    }
}
