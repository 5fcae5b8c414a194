package dev.keiryo.measure;

import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * How far the output of each layer is from a reference's: {@code ‖y - y_ref‖ / ‖y_ref‖} over all tokens and dimensions. An
 * error that a layer inherits from those before counts as well. Both models read the same batches, the reference first, each
 * through its own observer; the reference's outputs of one batch are kept.
 */
public final class LayerErrors {
    private final List<float[]> kept = new ArrayList<>();
    private final List<double[]> sums = new ArrayList<>();
    private float[] row = {};

    /** Through which the reference's passes run: {@link dev.keiryo.engine.Engine#forward}. */
    public UnaryOperator<Ops> reference() {
        return inner -> new BlockObserver(inner, this::keep);
    }

    /** Through which the model's passes run. */
    public UnaryOperator<Ops> model() {
        return inner -> new BlockObserver(inner, this::compare);
    }

    /**
     * Of each layer, in order; empty where nothing has been read.
     *
     * @return 0 where both agree exactly
     */
    public List<Double> relative() {
        return sums.stream().map(s -> s[1] > 0 ? Math.sqrt(s[0] / s[1]) : 0).toList();
    }

    private void keep(int layer, Matrix y) {
        int n = y.rows() * y.cols();
        if (layer == kept.size()) {
            kept.add(new float[n]);
            sums.add(new double[2]);
        } else if (kept.get(layer).length < n) {
            kept.set(layer, new float[n]);
        }
        MemorySegment.copy(y.data(), Matrix.F32, 0, kept.get(layer), 0, n);
    }

    private void compare(int layer, Matrix y) {
        if (layer >= kept.size() || kept.get(layer).length < y.rows() * y.cols()) {
            throw new IllegalArgumentException("the model has more or wider layers than the reference, from layer "
                    + layer + " on; errors by layer need models of one shape");
        }
        if (row.length < y.cols()) {
            row = new float[y.cols()];
        }
        float[] reference = kept.get(layer);
        double[] sum = sums.get(layer);
        for (int r = 0; r < y.rows(); r++) {
            MemorySegment.copy(y.data(), Matrix.F32, y.rowOffset(r), row, 0, y.cols());
            int base = r * y.cols();
            for (int i = 0; i < y.cols(); i++) {
                double difference = row[i] - reference[base + i];
                sum[0] += difference * difference;
                sum[1] += (double) reference[base + i] * reference[base + i];
            }
        }
    }

    /** Takes a layer's output. */
    private interface BlockOutput {
        void take(int layer, Matrix y);
    }

    /** Sees what each layer gives, in one pass. */
    private static final class BlockObserver extends ForwardingOps {
        private final BlockOutput output;
        private int layer;

        BlockObserver(Ops inner, BlockOutput output) {
            super(inner);
            this.output = output;
        }

        @Override
        public Tensor block(Block block, Tensor x) {
            Tensor y = super.block(block, x);
            output.take(layer++, (Matrix) y);
            return y;
        }
    }
}
