package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;

/**
 * Gemma 2: {@link Gemma} with norms after attention and feed-forward as well, softcapped attention scores and logits, and
 * a sliding window on every second layer. Gemma Team 2024, arXiv:2408.00118.
 */
final class Gemma2 {
    private Gemma2() {}

    static Transformer read(Weights w) throws FormatException {
        Attention full = attention(w, 46).withSoftcap(w.real("attn_logit_softcapping", 50f));
        Attention sliding = full.withWindow(w.integer("attention.sliding_window", 4096));
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, full.headDim());
        return Decoder.read(
                        w, (i, blk) -> Layer.read(w, blk, SelfAttention.read(w, i, i % 2 == 0 ? sliding : full, rope)))
                .withEmbeddingScale((float) Math.sqrt(w.hidden()))
                .withSoftcap(w.real("final_logit_softcapping", 30f));
    }

    /**
     * Scores are scaled by {@code 1/√headDim}, but by {@code 1/√(hidden/heads)} in the 27B models, which no GGUF key
     * tells: their number of layers does. A key {@code attention.scale} overrules both.
     */
    static Attention attention(Weights w, int layersOf27B) throws FormatException {
        Attention a = w.attention();
        boolean is27B = w.count("block_count") == layersOf27B && w.real("attention.scale", 0f) == 0;
        return is27B ? a.withScale((float) (1 / Math.sqrt((double) w.hidden() / a.heads()))) : a;
    }

    /** {@code y = x + norm(attention(norm(x))); z = y + norm(ffn(norm(y)))}, each norm with its own weights. */
    record Layer(Norm attentionNorm, Block attention, Norm postAttentionNorm, Norm ffnNorm, Block ffn, Norm postFfnNorm)
            implements Block {
        static Layer read(Weights w, String blk, Block attention) throws FormatException {
            return new Layer(
                    w.rmsNorm(blk + "attn_norm", w.hidden()),
                    attention,
                    w.rmsNorm(blk + "post_attention_norm", w.hidden()),
                    w.rmsNorm(blk + "ffn_norm", w.hidden()),
                    GatedFfn.read(w, blk, Activation.GELU_TANH),
                    w.rmsNorm(blk + "post_ffw_norm", w.hidden()));
        }

        @Override
        public Tensor forward(Ops ops, Tensor x) {
            Tensor a = attention.forward(ops, ops.rmsNorm(attentionNorm, x));
            x = ops.add(x, ops.rmsNorm(postAttentionNorm, a));
            Tensor f = ffn.forward(ops, ops.rmsNorm(ffnNorm, x));
            return ops.add(x, ops.rmsNorm(postFfnNorm, f));
        }
    }
}
