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
import org.jspecify.annotations.Nullable;

/**
 * Falcon: attention and MLP side by side on the same residual stream, rotary positions, few key/value heads. The 7B kind
 * norms once for both, the 40B kind once for each. Almazrouei et al. 2023, arXiv:2311.16867.
 */
record Falcon(Shape shape, Weight embedding, List<Layer> layers, Norm outputNorm, Linear output)
        implements Transformer {
    static Falcon read(Weights w) throws FormatException {
        Shape shape = Shape.of(w);
        int hidden = shape.hidden();
        Attention attention = w.attention();
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            String blk = "blk." + i + ".";
            Norm first = w.layerNorm(blk + "attn_norm", hidden);
            Norm second = w.layerNormOrNull(blk + "attn_norm_2", hidden);
            Projections projections = Projections.read(w, blk, attention, hidden);
            Mlp mlp = Mlp.read(w, blk, hidden, Activation.GELU);
            // Where there are two, the second is the attention's.
            layers.add(
                    second == null
                            ? new Layer(i, attention, rope, first, projections, null, mlp)
                            : new Layer(i, attention, rope, second, projections, first, mlp));
        }
        Linear output = w.output(shape.vocabulary(), hidden);
        Weight embedding = w.matrix("token_embd", shape.vocabulary(), hidden);
        return new Falcon(shape, embedding, layers, w.layerNorm("output_norm", hidden), output);
    }

    @Override
    public Tensor forward(Ops ops, Tokens tokens) {
        Tensor x = ops.blocks(layers, ops.embed(embedding, tokens));
        return ops.linear(output, ops.layerNorm(outputNorm, ops.outputs(x)));
    }

    /** @param mlpNorm null where attention and MLP share {@code norm} */
    record Layer(
            int index,
            Attention attention,
            Rope rope,
            Norm norm,
            Projections projections,
            @Nullable Norm mlpNorm,
            Mlp mlp)
            implements Block {
        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor h = ops.layerNorm(norm, x);
            Tensor q = ops.rope(rope, ops.linear(projections.q(), h));
            Tensor k = ops.rope(rope, ops.linear(projections.k(), h));
            Tensor attended = ops.attention(index, attention, q, k, ops.linear(projections.v(), h));
            Tensor m = mlpNorm == null ? h : ops.layerNorm(mlpNorm, x);
            return ops.add(ops.add(x, ops.linear(projections.output(), attended)), mlp.forward(ops, m));
        }
    }
}
