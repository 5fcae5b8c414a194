package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;

/**
 * Mixtral: Mistral with experts in the feed-forward's place; a token's two greatest router logits are softmaxed into the
 * weights of its experts. Jiang et al. 2024, arXiv:2401.04088. GGUF calls it {@code llama} with an {@code expert_count}.
 */
final class Mixtral {
    private Mixtral() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention().withWindow(w.integer("attention.sliding_window", 0));
        Rope rope = RopeScaling.read(w, RopeLayout.INTERLEAVED, attention.headDim());
        int width = w.count("feed_forward_length");
        Routing routing = Routing.read(w, true);
        return Decoder.read(
                w,
                (i, blk) -> PreNormLayer.read(
                        w, blk, SelfAttention.read(w, i, attention, rope), ExpertFfn.read(w, blk, routing, width)));
    }
}
