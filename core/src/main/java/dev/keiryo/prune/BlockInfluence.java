package dev.keiryo.prune;

import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * How much each layer turns what goes through it: {@code BI = 1 - mean_tokens cos(x, y)}, x a layer's input and y its output.
 * Seen in forward passes that go through {@link #observe}. Men et al. 2024, ShortGPT, arXiv:2403.03853.
 */
final class BlockInfluence {
    private final List<double[]> sums = new ArrayList<>();

    /** To be given to {@link dev.keiryo.engine.Engine#forward(dev.keiryo.engine.Batch, java.util.function.UnaryOperator)}. */
    Ops observe(Ops inner) {
        return new ForwardingOps(inner) {
            private int layer;

            @Override
            public Tensor block(Block block, Tensor x) {
                Matrix in = (Matrix) x;
                float[][] before = new float[in.rows()][];
                for (int r = 0; r < before.length; r++) {
                    before[r] = in.toArray(r);
                }
                Matrix out = (Matrix) super.block(block, x);
                count(layer++, before, out);
                return out;
            }
        };
    }

    private void count(int layer, float[][] before, Matrix after) {
        if (layer == sums.size()) {
            sums.add(new double[2]);
        }
        double[] sum = sums.get(layer);
        for (int r = 0; r < before.length; r++) {
            sum[0] += cosine(before[r], after.toArray(r));
            sum[1]++;
        }
    }

    private static double cosine(float[] x, float[] y) {
        double product = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            product += (double) x[i] * y[i];
            xx += (double) x[i] * x[i];
            yy += (double) y[i] * y[i];
        }
        return xx > 0 && yy > 0 ? product / Math.sqrt(xx * yy) : 0;
    }

    /** Of each layer, in order. */
    double[] influence() {
        return sums.stream().mapToDouble(s -> 1 - s[0] / s[1]).toArray();
    }
}
