package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.FloatLanes.F;
import static dev.keiryo.train.optimize.FloatLanes.all;
import static dev.keiryo.train.optimize.FloatLanes.get;
import static dev.keiryo.train.optimize.FloatLanes.load;
import static dev.keiryo.train.optimize.FloatLanes.set;
import static dev.keiryo.train.optimize.FloatLanes.store;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * {@link Adafactor}'s second moment of a matrix {@code [rows, cols]}; or of a vector, which is {@code [rows, 1]} and has no columns to
 * average over: its rows' means are all there is. Some rows are done at a time, in any thread.
 */
final class FactoredMoment {
    /**
     * What a matrix has and a vector has not.
     *
     * @param means of squares, over rows
     * @param factors one over their roots
     * @param sums of squares over the rows of each block
     */
    record Columns(MemorySegment means, MemorySegment factors, MemorySegment sums) {}

    private final int owner;
    private final long from;
    private final int rows;
    private final int cols;
    private final MemorySegment rowMeans;
    private final @Nullable Columns columns;
    private final int step;
    /** Of {@link #rowMeans}. */
    private double mean = 1;

    /**
     * @param owner the tensor that it is a part of, from number {@code from} on
     * @param step rows of a block
     */
    FactoredMoment(
            int owner, long from, int rows, int cols, MemorySegment rowMeans, @Nullable Columns columns, int step) {
        this.owner = owner;
        this.from = from;
        this.rows = rows;
        this.cols = cols;
        this.rowMeans = rowMeans;
        this.columns = columns;
        this.step = step;
    }

    int owner() {
        return owner;
    }

    long from() {
        return from;
    }

    int cols() {
        return cols;
    }

    long count() {
        return (long) rows * cols;
    }

    /** Takes up the squares of {@code count} rows of gradients from {@code row} on: a block. */
    void observe(MemorySegment g, float scale, double beta2, float epsilon, int row, int count) {
        float kept = (float) beta2;
        float rest = (float) (1 - beta2);
        double scale2 = (double) scale * scale;
        long sums = 4L * (row / step) * cols;
        if (columns != null) {
            columns.sums.asSlice(sums, 4L * cols).fill((byte) 0);
        }
        for (int r = row; r < row + count; r++) {
            long at = 4L * r * cols;
            double squares = FloatLanes.squares(g, at, cols) * scale2;
            set(rowMeans, 4L * r, Math.fma(kept, get(rowMeans, 4L * r), rest * ((float) (squares / cols) + epsilon)));
            if (columns != null) {
                addSquares(g, at, scale, columns.sums, sums, cols);
            }
        }
    }

    private static void addSquares(MemorySegment g, long at, float scale, MemorySegment sums, long sumsAt, int n) {
        int whole = F.loopBound(n);
        for (int i = 0; i < whole; i += F.length()) {
            FloatVector v = load(g, at + 4L * i).mul(scale);
            store(v.fma(v, load(sums, sumsAt + 4L * i)), sums, sumsAt + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            float v = get(g, at + 4L * i) * scale;
            set(sums, sumsAt + 4L * i, Math.fma(v, v, get(sums, sumsAt + 4L * i)));
        }
    }

    /** When all rows have been observed. */
    void finish(double beta2, float epsilon) {
        if (columns == null) {
            return;
        }
        int blocks = Math.ceilDiv(rows, step);
        for (int c = 0; c < cols; c++) {
            double sum = 0;
            for (int b = 0; b < blocks; b++) {
                sum += get(columns.sums, 4L * ((long) b * cols + c));
            }
            float squares = (float) (sum / rows) + epsilon;
            float moment = Math.fma((float) beta2, get(columns.means, 4L * c), (float) (1 - beta2) * squares);
            set(columns.means, 4L * c, moment);
            set(columns.factors, 4L * c, (float) (1 / Math.sqrt(moment)));
        }
        mean = 0;
        for (int r = 0; r < rows; r++) {
            mean += get(rowMeans, 4L * r);
        }
        mean /= rows;
    }

    /** What a row's numbers are divided by the root of, apart from their columns'. */
    private double rowFactor(int row) {
        return Math.sqrt(mean / get(rowMeans, 4L * row));
    }

    /** {@code Σ u²} over some rows. */
    double squares(MemorySegment g, float scale, int row, int count) {
        double sum = 0;
        for (int r = row; r < row + count; r++) {
            double factor = rowFactor(r);
            long at = 4L * r * cols;
            double squares = columns == null
                    ? (double) get(g, at) * scale * get(g, at) * scale
                    : FloatLanes.products(g, at, scale, columns.factors, 0, cols);
            sum += factor * factor * squares;
        }
        return sum;
    }

    /**
     * {@code w = decay·w - rate·u}, with a first moment {@code m = β1·m + (1 - β1)·rate·u} and {@code w = decay·w - m}, for some rows.
     *
     * @param scale of gradients, clipping included
     */
    void apply(
            MemorySegment w,
            MemorySegment g,
            @Nullable MemorySegment m,
            float beta1,
            float scale,
            float rate,
            float decay,
            int row,
            int count) {
        for (int r = row; r < row + count; r++) {
            float factor = (float) (rowFactor(r) * scale * rate);
            long at = 4L * r * cols;
            if (columns == null) {
                float u = get(g, at) * factor;
                if (m != null) {
                    u = Math.fma(get(m, at), beta1, (1 - beta1) * u);
                    set(m, at, u);
                }
                set(w, at, Math.fma(get(w, at), decay, -u));
            } else if (m == null) {
                apply(w, g, columns.factors, factor, decay, at);
            } else {
                apply(w, g, m, columns.factors, beta1, factor, decay, at);
            }
        }
    }

    private void apply(MemorySegment w, MemorySegment g, MemorySegment factors, float factor, float decay, long from) {
        int whole = F.loopBound(cols);
        for (int i = 0; i < whole; i += F.length()) {
            long at = from + 4L * i;
            FloatVector u = load(g, at).mul(factor).mul(load(factors, 4L * i));
            store(load(w, at).fma(all(decay), u.neg()), w, at);
        }
        for (int i = whole; i < cols; i++) {
            long at = from + 4L * i;
            float u = get(g, at) * factor * get(factors, 4L * i);
            set(w, at, Math.fma(get(w, at), decay, -u));
        }
    }

    private void apply(
            MemorySegment w,
            MemorySegment g,
            MemorySegment m,
            MemorySegment factors,
            float beta1,
            float factor,
            float decay,
            long from) {
        float rest = 1 - beta1;
        int whole = F.loopBound(cols);
        for (int i = 0; i < whole; i += F.length()) {
            long at = from + 4L * i;
            FloatVector u = load(g, at).mul(factor).mul(load(factors, 4L * i));
            FloatVector moment = load(m, at).fma(all(beta1), u.mul(rest));
            store(moment, m, at);
            store(load(w, at).fma(all(decay), moment.neg()), w, at);
        }
        for (int i = whole; i < cols; i++) {
            long at = from + 4L * i;
            float u = get(g, at) * factor * get(factors, 4L * i);
            float moment = Math.fma(get(m, at), beta1, u * rest);
            set(m, at, moment);
            set(w, at, Math.fma(get(w, at), decay, -moment));
        }
    }
}
