package dev.keiryo.generate;

import dev.keiryo.model.Block;
import dev.keiryo.model.ForwardingOps;
import dev.keiryo.model.Ops;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import java.util.function.Consumer;

/**
 * Shows the hidden states, behind the final norm, of the tokens whose results a forward pass gives, in their order; each
 * scaled to length 1, so that the cosine of two is their product.
 */
final class HiddenStates extends ForwardingOps {
    private final Consumer<float[]> listener;
    private boolean finished;

    HiddenStates(Ops inner, Consumer<float[]> listener) {
        super(inner);
        this.listener = listener;
    }

    @Override
    public Tensor block(Block block, Tensor x) {
        return inner().block(block, x);
    }

    @Override
    public Tensor outputs(Tensor x) {
        finished = true;
        return inner().outputs(x);
    }

    @Override
    public Tensor rmsNorm(Norm norm, Tensor x) {
        return shown(inner().rmsNorm(norm, x));
    }

    @Override
    public Tensor layerNorm(Norm norm, Tensor x) {
        return shown(inner().layerNorm(norm, x));
    }

    private Tensor shown(Tensor x) {
        for (int r = 0; finished && r < x.rows(); r++) {
            float[] state = ((Matrix) x).toArray(r);
            double length = Math.sqrt(product(state, state));
            for (int i = 0; i < state.length && length > 0; i++) {
                state[i] = (float) (state[i] / length);
            }
            listener.accept(state);
        }
        return x;
    }

    static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
