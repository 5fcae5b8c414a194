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
 * Llama 1 to 3.2, and with it Mistral, SmolLM and TinyLlama: RMS norm before, rotary positions, grouped-query attention,
 * SwiGLU. Touvron et al. 2023, arXiv:2302.13971; Grattafiori et al. 2024, arXiv:2407.21783.
 */
final class Llama implements Transformer {
    private final Shape shape;
    private final Weight embedding;
    private final List<Layer> layers = new ArrayList<>();
    private final Norm outputNorm;
    private final Linear output;

    Llama(Weights w) throws FormatException {
        int hidden = w.count("embedding_length");
        int heads = w.count("attention.head_count");
        int kvHeads = w.count("attention.head_count_kv", heads);
        int headDim = w.count("attention.key_length", hidden / heads);
        int ffn = w.count("feed_forward_length");
        Rope rope = RopeScaling.read(w, RopeLayout.INTERLEAVED, headDim);
        Attention attention =
                Attention.causal(heads, kvHeads, headDim).withWindow(w.integer("attention.sliding_window", 0));
        shape = Shape.of(w);
        embedding = w.matrix("token_embd", shape.vocabulary(), hidden);
        for (int i = 0; i < shape.layers(); i++) {
            String blk = "blk." + i + ".";
            layers.add(new Layer(
                    i,
                    attention,
                    rope,
                    w.rmsNorm(blk + "attn_norm", hidden),
                    w.linear(blk + "attn_q", heads * headDim, hidden),
                    w.linear(blk + "attn_k", kvHeads * headDim, hidden),
                    w.linear(blk + "attn_v", kvHeads * headDim, hidden),
                    w.linear(blk + "attn_output", hidden, heads * headDim),
                    w.rmsNorm(blk + "ffn_norm", hidden),
                    w.linear(blk + "ffn_gate", ffn, hidden),
                    w.linear(blk + "ffn_up", ffn, hidden),
                    w.linear(blk + "ffn_down", hidden, ffn)));
        }
        outputNorm = w.rmsNorm("output_norm", hidden);
        output = w.output(shape.vocabulary(), hidden);
    }

    @Override
    public Tensor forward(Ops ops, Tokens tokens) {
        Tensor x = ops.embed(embedding, tokens);
        for (Layer layer : layers) {
            x = ops.block(layer, x);
        }
        return ops.linear(output, ops.rmsNorm(outputNorm, ops.outputs(x)));
    }

    @Override
    public Shape shape() {
        return shape;
    }

    private record Layer(
            int index,
            Attention attention,
            Rope rope,
            Norm attentionNorm,
            Linear q,
            Linear k,
            Linear v,
            Linear o,
            Norm ffnNorm,
            Linear gate,
            Linear up,
            Linear down)
            implements Block {
        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor h = ops.rmsNorm(attentionNorm, x);
            Tensor queries = ops.rope(rope, ops.linear(q, h));
            Tensor keys = ops.rope(rope, ops.linear(k, h));
            Tensor values = ops.linear(v, h);
            x = ops.add(x, ops.linear(o, ops.attention(index, attention, queries, keys, values)));
            h = ops.rmsNorm(ffnNorm, x);
            return ops.add(x, ops.linear(down, ops.gated(Activation.SILU, ops.linear(gate, h), ops.linear(up, h))));
        }
    }
}
