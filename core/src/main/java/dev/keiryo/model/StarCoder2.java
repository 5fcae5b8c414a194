package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * StarCoder 2: as GPT-2 (layer norms, biases, GELU), with rotary positions, grouped queries and, where the checkpoint
 * says so, a sliding window. Lozhkov et al. 2024, arXiv:2402.19173.
 */
record StarCoder2(Shape shape, Weight embedding, List<Layer> layers, Norm outputNorm, Linear output)
        implements Transformer {
    static StarCoder2 read(Weights w) throws FormatException {
        Shape shape = Shape.of(w);
        Attention attention = w.attention().withWindow(w.integer("attention.sliding_window", 0));
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(Layer.read(w, i, shape.hidden(), attention, rope));
        }
        Weight embedding = w.matrix("token_embd", shape.vocabulary(), shape.hidden());
        Norm outputNorm = w.layerNorm("output_norm", shape.hidden());
        return new StarCoder2(shape, embedding, layers, outputNorm, w.output(shape.vocabulary(), shape.hidden()));
    }

    @Override
    public Tensor forward(Ops ops, Tokens tokens) {
        Tensor x = ops.blocks(layers, ops.embed(embedding, tokens));
        return ops.linear(output, ops.layerNorm(outputNorm, ops.outputs(x)));
    }

    record Layer(int index, Attention attention, Rope rope, Norm norm, Projections projections, Norm mlpNorm, Mlp mlp)
            implements Block {
        static Layer read(Weights w, int i, int hidden, Attention attention, Rope rope) throws FormatException {
            String blk = "blk." + i + ".";
            return new Layer(
                    i,
                    attention,
                    rope,
                    w.layerNorm(blk + "attn_norm", hidden),
                    Projections.read(w, blk, attention, hidden),
                    w.layerNorm(blk + "ffn_norm", hidden),
                    Mlp.read(w, blk, hidden, Activation.GELU_TANH));
        }

        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor h = ops.layerNorm(norm, x);
            Tensor q = ops.rope(rope, ops.linear(projections.q(), h));
            Tensor k = ops.rope(rope, ops.linear(projections.k(), h));
            Tensor v = ops.linear(projections.v(), h);
            x = ops.add(x, ops.linear(projections.output(), ops.attention(index, attention, q, k, v)));
            return ops.add(x, mlp.forward(ops, ops.layerNorm(mlpNorm, x)));
        }
    }
}
