package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.List;

/**
 * GPT-2: learned positions, layer norm before, GELU. Radford et al. 2019, "Language models are unsupervised multitask
 * learners".
 */
record Gpt2(Shape shape, Weight embedding, Weight positions, List<Layer> layers, Norm outputNorm, Linear output)
        implements Transformer {
    static Gpt2 read(Weights w) throws FormatException {
        Shape shape = Shape.of(w);
        int hidden = shape.hidden();
        Attention attention = w.attention();
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            String blk = "blk." + i + ".";
            layers.add(new Layer(
                    i,
                    attention,
                    w.layerNorm(blk + "attn_norm", hidden),
                    Projections.read(w, blk, attention, hidden),
                    w.layerNorm(blk + "ffn_norm", hidden),
                    Mlp.read(w, blk, hidden, Activation.GELU_TANH)));
        }
        return new Gpt2(
                shape,
                w.matrix("token_embd", shape.vocabulary(), hidden),
                w.matrix("position_embd", shape.context(), hidden),
                layers,
                w.layerNorm("output_norm", hidden),
                w.output(shape.vocabulary(), hidden));
    }

    @Override
    public Tensor forward(Ops ops, Tokens tokens) {
        Tensor x = ops.add(ops.embed(embedding, tokens), ops.embedPositions(positions, tokens));
        x = ops.blocks(layers, x);
        return ops.linear(output, ops.layerNorm(outputNorm, ops.outputs(x)));
    }

    record Layer(int index, Attention attention, Norm attentionNorm, Projections projections, Norm mlpNorm, Mlp mlp)
            implements Block {
        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor h = ops.layerNorm(attentionNorm, x);
            Tensor q = ops.linear(projections.q(), h);
            Tensor k = ops.linear(projections.k(), h);
            Tensor v = ops.linear(projections.v(), h);
            x = ops.add(x, ops.linear(projections.output(), ops.attention(index, attention, q, k, v)));
            return ops.add(x, mlp.forward(ops, ops.layerNorm(mlpNorm, x)));
        }
    }
}
