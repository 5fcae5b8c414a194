package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Tensor;

/** The transformer's original feed-forward part: {@code y = W₂·f(W₁·x + b₁) + b₂}. Vaswani et al. 2017, arXiv:1706.03762. */
record Mlp(Activation f, Linear up, Linear down) implements Block {
    /**
     * Reads {@code ffn_up} and {@code ffn_down}.
     *
     * @param blk the layer's prefix, {@code blk.0.}
     * @param family what the model's family uses, unless the checkpoint says another
     */
    static Mlp read(Weights w, String blk, int hidden, Activation family) throws FormatException {
        int ffn = w.count("feed_forward_length");
        return new Mlp(
                w.activation(family), w.linear(blk + "ffn_up", ffn, hidden), w.linear(blk + "ffn_down", hidden, ffn));
    }

    @Override
    public Tensor forward(Ops ops, Tensor x) {
        return ops.linear(down, ops.activate(f, ops.linear(up, x)));
    }
}
