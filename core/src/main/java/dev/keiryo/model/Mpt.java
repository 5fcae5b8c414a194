package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * MPT: GPT-2 with attention biased by distance (ALiBi) in place of learned positions, which remain an option, as are
 * clamped projections and normed queries and keys. MosaicML 2023, "Introducing MPT-7B"; Press et al. 2022,
 * arXiv:2108.12409.
 *
 * @param positions learned positions {@code [context, hidden]}, or null
 */
record Mpt(
        Shape shape, Weight embedding, @Nullable Weight positions, List<Layer> layers, Norm outputNorm, Linear output)
        implements Transformer {
    static Mpt read(Weights w) throws FormatException {
        Shape shape = Shape.of(w);
        int hidden = shape.hidden();
        Attention attention = w.attention();
        float maxBias = w.real("attention.max_alibi_bias", 0);
        if (maxBias > 0) {
            attention = attention.withBias(new PositionBias.Alibi(attention.heads(), maxBias));
        }
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(Layer.read(w, i, attention, hidden));
        }
        Weight positions = w.has("position_embd.weight") ? w.matrix("position_embd", shape.context(), hidden) : null;
        return new Mpt(
                shape,
                w.matrix("token_embd", shape.vocabulary(), hidden),
                positions,
                layers,
                w.layerNorm("output_norm", hidden),
                w.output(shape.vocabulary(), hidden));
    }

    @Override
    public Tensor forward(Ops ops, Tokens tokens) {
        Tensor x = ops.embed(embedding, tokens);
        if (positions != null) {
            x = ops.add(x, ops.embedPositions(positions, tokens));
        }
        x = ops.blocks(layers, x);
        return ops.linear(output, ops.layerNorm(outputNorm, ops.outputs(x)));
    }

    /**
     * @param limit bound of every query, key and value, or 0 for none
     * @param queryNorm over all heads together, or null
     * @param keyNorm over all heads together, or null
     */
    record Layer(
            int index,
            Attention attention,
            float limit,
            Norm norm,
            Projections projections,
            @Nullable Norm queryNorm,
            @Nullable Norm keyNorm,
            Norm mlpNorm,
            Mlp mlp)
            implements Block {
        static Layer read(Weights w, int i, Attention a, int hidden) throws FormatException {
            String blk = "blk." + i + ".";
            return new Layer(
                    i,
                    a,
                    w.real("attention.clamp_kqv", 0),
                    w.layerNorm(blk + "attn_norm", hidden),
                    Projections.read(w, blk, a, hidden),
                    w.layerNormOrNull(blk + "attn_q_norm", a.heads() * a.headDim()),
                    w.layerNormOrNull(blk + "attn_k_norm", a.kvHeads() * a.headDim()),
                    w.layerNorm(blk + "ffn_norm", hidden),
                    Mlp.read(w, blk, hidden, Activation.GELU));
        }

        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor h = ops.layerNorm(norm, x);
            Tensor q = clamped(ops, ops.linear(projections.q(), h));
            Tensor k = clamped(ops, ops.linear(projections.k(), h));
            Tensor v = clamped(ops, ops.linear(projections.v(), h));
            q = queryNorm == null ? q : ops.layerNorm(queryNorm, q);
            k = keyNorm == null ? k : ops.layerNorm(keyNorm, k);
            x = ops.add(x, ops.linear(projections.output(), ops.attention(index, attention, q, k, v)));
            return ops.add(x, mlp.forward(ops, ops.layerNorm(mlpNorm, x)));
        }

        private Tensor clamped(Ops ops, Tensor x) {
            return limit > 0 ? ops.clamp(x, limit) : x;
        }
    }
}
