package dev.keiryo.train.tape;

import dev.keiryo.model.Rope;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import org.jspecify.annotations.Nullable;

/**
 * Computes nothing and counts the bytes that {@link FloatArithmetic} would hold: the tape on it is the plan of the tape. Whatever is
 * read of a matrix is a number at random, so that experts are chosen evenly.
 */
final class SizeArithmetic implements Arithmetic<SizeArithmetic.Size> {
    /** A matrix without numbers, {@code bytes} large where it is its own. */
    record Size(int rows, int cols, long bytes) implements Tensor {}

    private final int threads;
    private final PoolSizes sizes = new PoolSizes();

    SizeArithmetic(int threads) {
        this.threads = threads;
    }

    @Override
    public long held() {
        return sizes.held();
    }

    @Override
    public Size take(int rows, int cols) {
        return new Size(rows, cols, sizes.take(4L * rows * cols).size());
    }

    /** For the length of an operation. */
    private void pass(int rows, int cols) {
        give(take(rows, cols));
    }

    @Override
    public void give(Size m) {
        sizes.give(m.bytes());
    }

    @Override
    public Size narrow(Size x) {
        return take(1, Halves.words((long) x.rows() * x.cols()));
    }

    @Override
    public Size widen(Size narrow, int rows, int cols) {
        return take(rows, cols);
    }

    @Override
    public Size view(Size m, long from, int rows, int cols) {
        return new Size(rows, cols, 0);
    }

    @Override
    public double get(Size m, int row, int col) {
        return Dropout.normal(row, col);
    }

    @Override
    public void put(Size m, int row, int col, double value) {}

    @Override
    public void zero(Size m) {}

    @Override
    public void scale(Size x, double s, Size y, boolean add) {}

    @Override
    public void sum(Size a, Size b, Size y) {}

    @Override
    public void drop(Dropout dropout, Size x, Size y, boolean add) {}

    @Override
    public void embed(Weight table, int[] ids, Size y) {}

    @Override
    public void embedBack(Size dy, int[] ids, Size dTable) {}

    @Override
    public void linear(Linear layer, Size x, Size y) {
        decode(layer.weight());
    }

    private void decode(Weight w) {
        if (w.type() != TensorType.F32) {
            pass(WeightRows.rows(w), w.cols());
        }
    }

    @Override
    public void linearBack(Weight w, Size dy, Size dx, boolean add) {
        decode(w);
    }

    @Override
    public void linearWeight(Size dy, Size x, Size dw) {}

    @Override
    public void sumRows(Size dy, Size db) {}

    @Override
    public void norm(Norm norm, boolean centered, Size x, Size y) {}

    @Override
    public void normBack(
            Norm norm,
            boolean centered,
            Size x,
            Size dy,
            @Nullable Size dx,
            boolean add,
            @Nullable Size dw,
            @Nullable Size db) {
        pass(FloatNorms.parts(x.rows()), norm.width());
    }

    @Override
    public void rope(Rope rope, int[] positions, boolean back, Size x, Size y, boolean add) {
        if (add) {
            pass(y.rows(), y.cols());
        }
    }

    private void tiles(AttentionSpans spans, int tiles) {
        Size[] memory = new Size[threads];
        for (int i = 0; i < threads; i++) {
            memory[i] = take(tiles, Math.toIntExact(FloatAttention.tileNumbers(spans)));
        }
        for (Size m : memory) {
            give(m);
        }
    }

    @Override
    public void attend(AttentionSpans spans, Size q, Size k, Size v, Size y, Size sums) {
        tiles(spans, 1);
    }

    @Override
    public void attendBack(
            AttentionSpans spans,
            Size q,
            Size k,
            Size v,
            Size y,
            Size sums,
            Size dy,
            Size dq,
            Size dk,
            Size dv,
            @Nullable Size dBias) {
        tiles(spans, FloatAttention.tiles(spans));
    }

    @Override
    public void activate(Activation f, Size x, Size y) {}

    @Override
    public void activateBack(Activation f, Size x, Size dy, Size dx, boolean add) {
        pass(threads, FloatElements.SLOPES);
    }

    @Override
    public void gated(Activation f, Size gate, Size up, Size y) {}

    @Override
    public void gatedBack(
            Activation f,
            Size gate,
            Size up,
            Size dy,
            @Nullable Size dGate,
            boolean addGate,
            @Nullable Size dUp,
            boolean addUp) {
        if (addUp) {
            pass(up.rows(), up.cols());
        }
        if (dGate != null) {
            pass(threads, FloatElements.SLOPES);
        }
    }

    @Override
    public void softcap(Size x, double cap, Size y) {}

    @Override
    public void softcapBack(Size y, double cap, Size dy, Size dx, boolean add) {}

    @Override
    public void clamp(Size x, double limit, Size y) {}

    @Override
    public void clampBack(Size x, double limit, Size dy, Size dx, boolean add) {}

    @Override
    public void gather(Size x, int[] rows, int count, Size y) {}

    @Override
    public void addRow(Size x, int row, double s, Size y, int target) {}

    @Override
    public double dotRows(Size x, int row, Size y, int other) {
        return 0;
    }

    @Override
    public double crossEntropy(Size z, int[] targets, float[] weights, int from, double s) {
        return 0;
    }

    @Override
    public void close() {}
}
