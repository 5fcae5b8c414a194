package dev.keiryo.engine;

import static java.util.Objects.requireNonNull;

import dev.keiryo.file.MappedFile;
import dev.keiryo.kernel.Activations;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.Panels;
import dev.keiryo.kernel.Scratch;
import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import org.jspecify.annotations.Nullable;

/**
 * Products with matrices of weights, {@code y = x·Wᵀ + b}, all threads sharing each. Inputs are brought into the form that
 * kernels read, once for all products with the same.
 */
final class MatrixProducts implements AutoCloseable {
    private final Kernels kernels;
    private final InputScales scales;
    private final PackedWeights weights;
    private final Workers workers;
    private final Scratch[] scratch;
    /** What {@link #prepared} has become. */
    private final Activations inputs = new Activations();

    private final PrepareJob prepare = new PrepareJob();
    private final MultiplyJob multiply = new MultiplyJob();
    private @Nullable Matrix prepared;

    MatrixProducts(Kernels kernels, InputScales scales, PackedWeights weights, Workers workers, Scratch[] scratch) {
        this.kernels = kernels;
        this.scales = scales;
        this.weights = weights;
        this.workers = workers;
        this.scratch = scratch;
    }

    /** To be called where matrices that were multiplied may have been given other numbers. */
    void forgetInputs() {
        prepared = null;
    }

    @Override
    public void close() {
        inputs.close();
    }

    /** The layer's results for {@code x [rows, in]}, of which there is one at least, in {@code y [rows, out]}. */
    void multiply(Linear layer, Matrix x, Matrix y) {
        Panels panels = weights.of(layer.weight());
        prepare(x, scales.form(layer.weight()), scales.scaling(layer.weight()));
        multiply.panels = panels;
        multiply.bias = layer.bias();
        multiply.y = y;
        int share = EagerOps.share((long) Panels.ROWS * layer.in() * x.rows());
        WeightPaging paging = weights.paging();
        if (paging != null) {
            paging.look();
        }
        if (paging != null && paging.streams(layer.weight())) {
            stream(paging, layer.weight(), panels, share);
        } else {
            multiply.first = 0;
            workers.run(panels.count(), share, multiply);
        }
    }

    /** A stretch of panels at a time, each let go of when it has been used. */
    private void stream(WeightPaging paging, Weight weight, Panels panels, int share) {
        int stretch = (int) Math.max(1, WeightPaging.STRETCH / panels.panelBytes());
        paging.begin(weight);
        for (int from = 0; from < panels.count(); from += stretch) {
            int count = Math.min(stretch, panels.count() - from);
            MappedFile.prefetch(Panels.stored(weight, from + count, stretch));
            multiply.first = from;
            workers.run(count, share, multiply);
            MappedFile.release(Panels.stored(weight, from, count));
        }
    }

    /** Rows of {@code table} have been looked up; where memory is limited, they are let go of. */
    void release(Weight table) {
        WeightPaging paging = weights.paging();
        if (paging != null && paging.streams(table)) {
            MappedFile.release(table.data());
        }
    }

    private void prepare(Matrix x, Activations.Form form, Activations.Scaling scaling) {
        if (x == prepared && form.equals(inputs.form()) && scaling.equals(inputs.scaling())) {
            return;
        }
        inputs.reset(form, scaling, x.rows(), x.cols());
        prepared = x;
        workers.run(inputs.tiles(), EagerOps.share((long) Activations.TILE * x.cols()), prepare);
    }

    private final class PrepareJob implements Workers.Part {
        @Override
        public void run(int from, int to, int worker) {
            kernels.prepare(requireNonNull(prepared), inputs, from, to);
        }
    }

    private final class MultiplyJob implements Workers.Part {
        private @Nullable Panels panels;
        private @Nullable Matrix bias;
        private @Nullable Matrix y;
        private int first;

        @Override
        public void run(int from, int to, int worker) {
            kernels.matmul(
                    requireNonNull(panels), bias, inputs, requireNonNull(y), first + from, first + to, scratch[worker]);
        }
    }
}
