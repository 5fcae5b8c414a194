package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;

/**
 * OLMoE: queries and keys RMS-normalized over all heads together before they are rotated; experts weighed by their
 * probability among all, not scaled to sum to 1. Muennighoff et al. 2024, arXiv:2409.02060.
 */
final class Olmoe {
    private Olmoe() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention();
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        int width = w.count("feed_forward_length");
        Routing routing = Routing.read(w, false);
        return Decoder.read(
                w,
                (i, blk) -> PreNormLayer.read(
                        w,
                        blk,
                        SelfAttention.readFullyNormed(w, i, attention, rope),
                        ExpertFfn.read(w, blk, routing, width)));
    }
}
