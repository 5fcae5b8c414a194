package dev.keiryo.engine;

import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.RopeTable;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Attention;
import dev.keiryo.model.Block;
import dev.keiryo.model.Ops;
import dev.keiryo.model.Rope;
import dev.keiryo.model.Routing;
import dev.keiryo.model.Tokens;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The interpreter for inference: computes each operation at once, all threads sharing each. Results live in a
 * {@link Workspace} until the layer ends.
 */
final class EagerOps implements Ops, AutoCloseable {
    /** Multiply-adds that a thread should have to do at least: fewer are done before another thread has awoken. */
    static final int LEAST_WORK = 1 << 16;

    private final Kernels kernels;
    private final MatrixProducts products;
    private final RowJob rows;
    private final CachedAttention attention;
    private final boolean kvRotation;
    private final HeadTransform transform;
    private final Workspace workspace = new Workspace();
    private final IdentityHashMap<Rope, RopeTable> ropes = new IdentityHashMap<>();
    /** Of the tokens of a batch. */
    private RopeTable[] tables = {};

    private final Routes routes = new Routes();
    private float[] row = {};
    private Batch batch = new Batch();

    EagerOps(EngineOptions options, InputScales scales, Workers workers, PackedWeights weights) {
        this.kernels = options.kernels();
        Scratch[] scratch = Scratch.forThreads(workers.size());
        this.products = new MatrixProducts(kernels, scales, weights, workers, scratch);
        this.rows = new RowJob(kernels, workers);
        this.attention = new CachedAttention(kernels, workers, scratch);
        this.kvRotation = options.kvRotation();
        this.transform = new HeadTransform(workers);
    }

    /** Binds the operations to {@code newBatch}; results of the batch before are gone. */
    void begin(Batch newBatch) {
        batch = newBatch;
        products.forgetInputs();
        workspace.clear();
    }

    @Override
    public void close() {
        products.close();
        workspace.close();
        ropes.values().forEach(RopeTable::close);
    }

    @Override
    public Tensor embed(Weight table, Tokens tokens) {
        Matrix y = workspace.take(tokens.count(), table.cols());
        for (int i = 0; i < tokens.count(); i++) {
            lookUp(table, tokens.id(i), y, i);
        }
        products.release(table);
        return y;
    }

    @Override
    public Tensor embedPositions(Weight table, Tokens tokens) {
        Matrix y = workspace.take(tokens.count(), table.cols());
        for (int i = 0; i < tokens.count(); i++) {
            lookUp(table, tokens.position(i), y, i);
        }
        return y;
    }

    private void lookUp(Weight table, int index, Matrix y, int to) {
        if (index < 0 || index >= table.rows()) {
            throw new IllegalArgumentException(
                    table.name() + " has rows 0 to " + (table.rows() - 1) + ", but row " + index + " was asked for");
        }
        int n = table.cols();
        reserveRow(n);
        table.decode((long) index * n, row, 0, n);
        MemorySegment.copy(row, 0, y.data(), Matrix.F32, y.rowOffset(to), n);
    }

    private void reserveRow(int n) {
        if (row.length < n) {
            row = new float[n];
        }
    }

    @Override
    public Tensor linear(Linear layer, Tensor input) {
        Matrix x = (Matrix) input;
        if (x.cols() != layer.in()) {
            throw new IllegalArgumentException(layer.weight() + " does not take rows of " + x.cols());
        }
        Matrix y = workspace.take(x.rows(), layer.out());
        if (x.rows() > 0) {
            products.multiply(layer, x, y);
        }
        return y;
    }

    /** How many units of work of {@code cost} multiply-adds a thread should take at least. */
    static int share(long cost) {
        return (int) Math.ceilDiv(LEAST_WORK, Math.max(cost, 1));
    }

    @Override
    public Tensor rmsNorm(Norm norm, Tensor input) {
        Matrix x = normed(norm, input);
        Matrix y = like(x);
        rows.rmsNorm(norm, x, y);
        return y;
    }

    @Override
    public Tensor layerNorm(Norm norm, Tensor input) {
        Matrix x = normed(norm, input);
        Matrix y = like(x);
        rows.layerNorm(norm, x, y);
        return y;
    }

    private static Matrix normed(Norm norm, Tensor input) {
        if (input.cols() % norm.width() != 0) {
            throw new IllegalArgumentException("a norm of " + norm.width() + " does not fit rows of " + input.cols());
        }
        return (Matrix) input;
    }

    @Override
    public Tensor rope(Rope rope, Tensor input) {
        Matrix x = (Matrix) input;
        if (x.cols() % rope.headDim() != 0) {
            throw new IllegalArgumentException("heads of " + rope.headDim() + " do not fit rows of " + x.cols());
        }
        Matrix y = like(x);
        int count = batch.count();
        if (tables.length < count) {
            tables = new RopeTable[count];
        }
        for (int t = 0; t < count; t++) {
            Rope used = rope.forCapacity(batch.sequence(t).capacity());
            tables[t] = ropes.computeIfAbsent(used, RopeTable::new);
            tables[t].reach(batch.position(t));
        }
        rows.rope(tables, batch, x, y);
        return y;
    }

    @Override
    public void remember(int slot, Attention a, Tensor k, Tensor v) {
        attention.remember(batch, slot, a, transformed((Matrix) k, a.headDim()), transformed((Matrix) v, a.valueDim()));
    }

    @Override
    public Tensor attend(int slot, Attention a, Tensor query) {
        Matrix q = transformed((Matrix) query, a.headDim());
        Matrix y = workspace.take(q.rows(), a.heads() * a.valueDim());
        attention.attend(batch, slot, a, q, y);
        if (kvRotation) {
            transform.apply(y, y, a.valueDim(), true);
        }
        return y;
    }

    /** Heads as the cache holds them. */
    private Matrix transformed(Matrix x, int dim) {
        if (!kvRotation) {
            return x;
        }
        Matrix y = like(x);
        transform.apply(x, y, dim, false);
        return y;
    }

    @Override
    public Tensor activate(Activation f, Tensor input) {
        Matrix x = (Matrix) input;
        Matrix y = like(x);
        rows.activate(f, x, y);
        return y;
    }

    @Override
    public Tensor gated(Activation f, Tensor gate, Tensor up) {
        Matrix g = (Matrix) gate;
        Matrix u = sameShape(g, up);
        Matrix y = like(g);
        rows.gated(f, g, u, y);
        return y;
    }

    @Override
    public Tensor add(Tensor first, Tensor second) {
        Matrix a = (Matrix) first;
        Matrix b = sameShape(a, second);
        Matrix y = like(a);
        rows.add(a, b, y);
        return y;
    }

    @Override
    public Tensor scale(Tensor input, float s) {
        Matrix x = (Matrix) input;
        Matrix y = like(x);
        rows.scale(x, s, y);
        return y;
    }

    @Override
    public Tensor softcap(Tensor input, float cap) {
        if (cap == 0) {
            return input;
        }
        Matrix x = (Matrix) input;
        Matrix y = like(x);
        rows.softcap(x, cap, y);
        return y;
    }

    @Override
    public Tensor clamp(Tensor input, float limit) {
        Matrix x = (Matrix) input;
        Matrix y = like(x);
        rows.clamp(x, limit, y);
        return y;
    }

    @Override
    public Tensor gateRows(Tensor input, Tensor gate) {
        Matrix x = (Matrix) input;
        Matrix y = like(x);
        rows.gateRows(x, (Matrix) gate, y);
        return y;
    }

    @Override
    public Tensor mixture(Routing routing, Tensor router, List<? extends Block> experts, Tensor input) {
        Matrix x = (Matrix) input;
        Matrix y = like(x);
        clear(y);
        routes.choose(routing, (Matrix) router);
        long mark = workspace.mark();
        for (int e = 0; e < experts.size(); e++) {
            int n = routes.select(e);
            if (n == 0) {
                continue;
            }
            Matrix gathered = workspace.take(n, x.cols());
            for (int i = 0; i < n; i++) {
                MemorySegment.copy(
                        x.data(), x.rowOffset(routes.row(i)), gathered.data(), gathered.rowOffset(i), 4L * x.cols());
            }
            Matrix result = (Matrix) experts.get(e).forward(this, gathered);
            for (int i = 0; i < n; i++) {
                int target = routes.row(i);
                kernels.addRow(result, i, routes.weight(target, e), y, target);
            }
            release(mark);
        }
        return y;
    }

    private void clear(Matrix y) {
        reserveRow(y.cols());
        Arrays.fill(row, 0, y.cols(), 0);
        for (int r = 0; r < y.rows(); r++) {
            MemorySegment.copy(row, 0, y.data(), Matrix.F32, y.rowOffset(r), y.cols());
        }
    }

    @Override
    public Tensor block(Block block, Tensor input) {
        Matrix x = (Matrix) input;
        long mark = workspace.mark();
        Matrix y = (Matrix) block.forward(this, x);
        x.copyFrom(y);
        release(mark);
        return x;
    }

    private void release(long mark) {
        workspace.release(mark);
        products.forgetInputs();
    }

    @Override
    public Tensor outputs(Tensor input) {
        Matrix x = (Matrix) input;
        if (batch.outputs() == batch.count()) {
            return x;
        }
        Matrix y = workspace.take(batch.outputs(), x.cols());
        int row = 0;
        for (int t = 0; t < batch.count(); t++) {
            if (batch.wanted(t)) {
                MemorySegment.copy(x.data(), x.rowOffset(t), y.data(), y.rowOffset(row++), 4L * x.cols());
            }
        }
        return y;
    }

    private Matrix like(Matrix x) {
        return workspace.take(x.rows(), x.cols());
    }

    private static Matrix sameShape(Matrix a, Tensor b) {
        if (a.rows() != b.rows() || a.cols() != b.cols()) {
            throw new IllegalArgumentException(a + " and " + b + " should have the same shape");
        }
        return (Matrix) b;
    }
}
