package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import dev.keiryo.tensor.Weight;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * BERT, and with it MiniLM, BGE and E5: an encoder with learned positions and layer norms after each sum. All tokens are
 * of the first segment. Devlin et al. 2019, arXiv:1810.04805.
 *
 * @param segments {@code [segments, hidden]}, or null
 */
record Bert(
        Shape shape,
        Weight embedding,
        @Nullable Weight segments,
        Weight positions,
        Norm embeddingNorm,
        List<Layer> layers)
        implements Transformer {
    static Bert read(Weights w) throws FormatException {
        // Keys and values are needed only while their layer runs, so that all layers use one slot.
        Shape shape = Shape.of(w).withCacheSlots(1);
        int hidden = shape.hidden();
        Attention attention = w.attention().bidirectional();
        List<Layer> layers = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            String blk = "blk." + i + ".";
            Projections projections = Projections.read(w, blk, attention, hidden);
            Norm attentionNorm = w.layerNorm(blk + "attn_output_norm", hidden);
            Mlp mlp = Mlp.read(w, blk, hidden, Activation.GELU);
            layers.add(new Layer(
                    attention, projections, attentionNorm, mlp, w.layerNorm(blk + "layer_output_norm", hidden)));
        }
        Weight segments = w.checkpoint().find("token_types.weight");
        return new Bert(
                shape,
                w.matrix("token_embd", shape.vocabulary(), hidden),
                segments == null ? null : w.matrix("token_types", segments.rows(), hidden),
                w.matrix("position_embd", shape.context(), hidden),
                w.layerNorm("token_embd_norm", hidden),
                layers);
    }

    @Override
    public Tensor forward(Ops ops, Tokens tokens) {
        Tensor x = ops.add(ops.embed(embedding, tokens), ops.embedPositions(positions, tokens));
        if (segments != null) {
            x = ops.add(x, ops.embed(segments, new FirstSegment(tokens)));
        }
        return ops.outputs(ops.blocks(layers, ops.layerNorm(embeddingNorm, x)));
    }

    @Override
    public Kind kind() {
        return Kind.ENCODER;
    }

    record Layer(Attention attention, Projections projections, Norm attentionNorm, Mlp mlp, Norm mlpNorm)
            implements Block {
        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor q = ops.linear(projections.q(), x);
            Tensor k = ops.linear(projections.k(), x);
            Tensor v = ops.linear(projections.v(), x);
            Tensor attended = ops.linear(projections.output(), ops.attention(0, attention, q, k, v));
            x = ops.layerNorm(attentionNorm, ops.add(x, attended));
            return ops.layerNorm(mlpNorm, ops.add(x, mlp.forward(ops, x)));
        }
    }

    /** The tokens' segment numbers: always 0. */
    private record FirstSegment(Tokens tokens) implements Tokens {
        @Override
        public int count() {
            return tokens.count();
        }

        @Override
        public int id(int i) {
            return 0;
        }

        @Override
        public int position(int i) {
            return tokens.position(i);
        }
    }
}
