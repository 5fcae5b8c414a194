package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;

/**
 * Qwen 3 mixture of experts: {@link Qwen3} with experts in the feed-forward's place; the probabilities of a token's
 * experts are scaled to sum to 1. Yang et al. 2025, arXiv:2505.09388.
 */
final class Qwen3Moe {
    private Qwen3Moe() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention();
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        int width = w.count("expert_feed_forward_length");
        Routing routing = Routing.read(w, true);
        return Decoder.read(
                w,
                (i, blk) -> PreNormLayer.read(
                        w,
                        blk,
                        SelfAttention.readHeadNormed(w, i, attention, rope),
                        ExpertFfn.read(w, blk, routing, width)));
    }
}
