package dev.keiryo.train.tape;

import dev.keiryo.kernel.Gemm;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.MatrixView;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.PositionBias;
import dev.keiryo.model.Rope;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Float32, in all threads. Forward passes run on inference's kernels; matrix products on {@link Gemm}. Weights of other types
 * are decoded some rows at a time, for the forward pass and for the way back.
 */
final class FloatArithmetic implements Arithmetic<Matrix> {
    private final Kernels kernels = Kernels.best();
    private final Gemm gemm = Gemm.of(kernels);
    private final Workers workers;
    private final Scratch[] scratch;
    private final FloatPool pool = new FloatPool();
    private final WeightRows weightRows;
    private final FloatAttention attention;
    private final FloatElements elements;
    private final FloatRope rotation;
    private float[] decoded = {};

    /** @param workers the caller's */
    FloatArithmetic(Workers workers) {
        this.workers = workers;
        scratch = Scratch.forThreads(workers.size());
        weightRows = new WeightRows(pool, workers);
        attention = new FloatAttention(gemm, workers, scratch);
        elements = new FloatElements(kernels, workers, pool);
        rotation = new FloatRope(kernels, elements, pool);
    }

    /** What results and gradients take. */
    PoolSizes sizes() {
        return pool.sizes();
    }

    @Override
    public Matrix take(int rows, int cols) {
        return pool.take(rows, cols);
    }

    @Override
    public void give(Matrix m) {
        pool.give(m);
    }

    @Override
    public long held() {
        return pool.sizes().held();
    }

    @Override
    public Matrix narrow(Matrix x) {
        Matrix words = pool.take(1, Halves.words((long) x.rows() * x.cols()));
        Halves.narrow(workers, x, words.data());
        return words;
    }

    @Override
    public Matrix widen(Matrix narrow, int rows, int cols) {
        Matrix y = pool.take(rows, cols);
        Halves.widen(workers, narrow.data(), y);
        return y;
    }

    @Override
    public Matrix view(Matrix m, long from, int rows, int cols) {
        return new Matrix(m.data().asSlice(4 * from, 4L * rows * cols), rows, cols);
    }

    @Override
    public double get(Matrix m, int row, int col) {
        return m.get(row, col);
    }

    @Override
    public void put(Matrix m, int row, int col, double value) {
        m.put(row, col, (float) value);
    }

    @Override
    public void zero(Matrix m) {
        m.data().asSlice(0, 4L * m.rows() * m.cols()).fill((byte) 0);
    }

    @Override
    public void scale(Matrix x, double s, Matrix y, boolean add) {
        elements.scale(x, s, y, add);
    }

    @Override
    public void sum(Matrix a, Matrix b, Matrix y) {
        elements.sum(a, b, y);
    }

    @Override
    public void drop(Dropout dropout, Matrix x, Matrix y, boolean add) {
        elements.drop(dropout, x, y, add);
    }

    @Override
    public void rope(Rope rope, int[] positions, boolean back, Matrix x, Matrix y, boolean add) {
        rotation.rope(rope, positions, back, x, y, add);
    }

    @Override
    public void activate(Activation f, Matrix x, Matrix y) {
        elements.activate(f, x, y);
    }

    @Override
    public void activateBack(Activation f, Matrix x, Matrix dy, Matrix dx, boolean add) {
        elements.activateBack(f, x, dy, dx, add);
    }

    @Override
    public void gated(Activation f, Matrix gate, Matrix up, Matrix y) {
        elements.gated(f, gate, up, y);
    }

    @Override
    public void gatedBack(
            Activation f,
            Matrix gate,
            Matrix up,
            Matrix dy,
            @Nullable Matrix dGate,
            boolean addGate,
            @Nullable Matrix dUp,
            boolean addUp) {
        elements.gatedBack(f, gate, up, dy, dGate, addGate, dUp, addUp);
    }

    @Override
    public void softcap(Matrix x, double cap, Matrix y) {
        elements.softcap(x, cap, y);
    }

    @Override
    public void softcapBack(Matrix y, double cap, Matrix dy, Matrix dx, boolean add) {
        elements.softcapBack(y, cap, dy, dx, add);
    }

    @Override
    public void clamp(Matrix x, double limit, Matrix y) {
        elements.clamp(x, limit, y);
    }

    @Override
    public void clampBack(Matrix x, double limit, Matrix dy, Matrix dx, boolean add) {
        elements.clampBack(x, limit, dy, dx, add);
    }

    @Override
    public void embed(Weight table, int[] ids, Matrix y) {
        float[] row = decoded(table.cols());
        for (int i = 0; i < ids.length; i++) {
            table.decode((long) ids[i] * table.cols(), row, 0, table.cols());
            MemorySegment.copy(row, 0, y.data(), Matrix.F32, y.rowOffset(i), table.cols());
        }
    }

    private float[] decoded(int count) {
        if (decoded.length < count) {
            decoded = new float[count];
        }
        return decoded;
    }

    @Override
    public void embedBack(Matrix dy, int[] ids, Matrix dTable) {
        for (int i = 0; i < ids.length; i++) {
            addRow(dy, i, 1, dTable, ids[i]);
        }
    }

    @Override
    public void linear(Linear layer, Matrix x, Matrix y) {
        weightRows.decode(
                layer.weight(),
                (w, from) -> gemm.multiply(
                        MatrixView.of(x),
                        w.transpose(),
                        MatrixView.of(y).block(0, from, y.rows(), w.rows()),
                        false,
                        workers,
                        scratch));
        Matrix bias = layer.bias();
        if (bias != null) {
            elements.rows(y, (from, to) -> {
                for (int r = from; r < to; r++) {
                    Stretches.addScaled(bias.data(), 0, 1, y.data(), y.rowOffset(r), y.cols());
                }
            });
        }
    }

    @Override
    public void linearBack(Weight weight, Matrix dy, Matrix dx, boolean add) {
        weightRows.decode(
                weight,
                (w, from) -> gemm.multiply(
                        MatrixView.of(dy).block(0, from, dy.rows(), w.rows()),
                        w,
                        MatrixView.of(dx),
                        add || from > 0,
                        workers,
                        scratch));
    }

    @Override
    public void linearWeight(Matrix dy, Matrix x, Matrix dw) {
        gemm.multiply(MatrixView.of(dy).transpose(), MatrixView.of(x), MatrixView.of(dw), true, workers, scratch);
    }

    @Override
    public void sumRows(Matrix dy, Matrix db) {
        workers.run(
                dy.cols(),
                Math.max(Stretches.LANES, FloatElements.LEAST_WORK / Math.max(1, dy.rows())),
                (from, to, worker) -> {
                    for (int r = 0; r < dy.rows(); r++) {
                        Stretches.addScaled(dy.data(), dy.rowOffset(r) + 4L * from, 1, db.data(), 4L * from, to - from);
                    }
                });
    }

    @Override
    public void norm(Norm norm, boolean centered, Matrix x, Matrix y) {
        elements.rows(x, (from, to) -> {
            if (centered) {
                kernels.layerNorm(norm, x, y, from, to);
            } else {
                kernels.rmsNorm(norm, x, y, from, to);
            }
        });
    }

    @Override
    public void normBack(
            Norm norm,
            boolean centered,
            Matrix x,
            Matrix dy,
            @Nullable Matrix dx,
            boolean add,
            @Nullable Matrix dw,
            @Nullable Matrix db) {
        Matrix sums = pool.take(FloatNorms.parts(x.rows()), norm.width());
        FloatNorms.back(workers, norm, centered, x, dy, dx, add, dw, db, sums);
        pool.give(sums);
    }

    private Matrix[] tiles(AttentionSpans spans, int tiles) {
        Matrix[] memory = new Matrix[workers.size()];
        for (int i = 0; i < memory.length; i++) {
            memory[i] = pool.take(tiles, Math.toIntExact(FloatAttention.tileNumbers(spans)));
        }
        return memory;
    }

    private void give(Matrix[] memory) {
        for (Matrix m : memory) {
            pool.give(m);
        }
    }

    @Override
    public void attend(AttentionSpans spans, Matrix q, Matrix k, Matrix v, Matrix y, Matrix sums) {
        Matrix[] memory = tiles(spans, 1);
        attention.forward(spans, q, k, v, y, sums, memory);
        give(memory);
    }

    @Override
    public void attendBack(
            AttentionSpans spans,
            Matrix q,
            Matrix k,
            Matrix v,
            Matrix y,
            Matrix sums,
            Matrix dy,
            Matrix dq,
            Matrix dk,
            Matrix dv,
            @Nullable Matrix dBias) {
        Matrix[] memory = tiles(spans, FloatAttention.tiles(spans));
        Matrix[] byDocument = null;
        if (dBias != null && spans.attention().bias() instanceof PositionBias.RelativeBuckets) {
            byDocument = new Matrix[spans.queries().documents()];
            for (int d = 0; d < byDocument.length; d++) {
                byDocument[d] = pool.take(dBias.rows(), dBias.cols());
                zero(byDocument[d]);
            }
        }
        attention.back(spans, q, k, v, y, sums, dy, dq, dk, dv, byDocument, memory);
        if (byDocument != null && dBias != null) {
            for (Matrix d : byDocument) {
                scale(d, 1, dBias, true);
            }
            give(byDocument);
        }
        give(memory);
    }

    @Override
    public void gather(Matrix x, int[] rows, int count, Matrix y) {
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(x.data(), x.rowOffset(rows[i]), y.data(), y.rowOffset(i), 4L * x.cols());
        }
    }

    @Override
    public void addRow(Matrix x, int row, double s, Matrix y, int target) {
        Stretches.addScaled(x.data(), x.rowOffset(row), (float) s, y.data(), y.rowOffset(target), x.cols());
    }

    @Override
    public double dotRows(Matrix x, int row, Matrix y, int other) {
        return Stretches.dot(x.data(), x.rowOffset(row), y.data(), y.rowOffset(other), x.cols());
    }

    @Override
    public double crossEntropy(Matrix z, int[] targets, float[] weights, int first, double s) {
        double[] losses = new double[z.rows()];
        elements.rows(z, (from, to) -> {
            for (int r = from; r < to; r++) {
                long at = z.rowOffset(r);
                long target = at + 4L * targets[first + r];
                float weight = weights[first + r];
                float wanted = z.data().get(Matrix.F32, target);
                float max = Stretches.max(z.data(), at, z.cols());
                double sum = Stretches.exp(z.data(), at, 1, -max, z.data(), at, z.cols());
                losses[r] = weight * (max + Math.log(sum) - wanted);
                float factor = (float) (s * weight);
                Stretches.scale(z.data(), at, (float) (factor / sum), z.data(), at, z.cols());
                z.data().set(Matrix.F32, target, z.data().get(Matrix.F32, target) - factor);
            }
        });
        double loss = 0;
        for (double l : losses) {
            loss += l;
        }
        return loss;
    }

    @Override
    public void close() {
        rotation.close();
        pool.close();
    }
}
