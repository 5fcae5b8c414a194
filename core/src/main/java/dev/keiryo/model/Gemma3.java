package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;

/**
 * Gemma 3 (text): {@link Gemma2} with RMS-normalized queries and keys in place of softcapped scores, and five sliding
 * layers before each that sees all. The sliding ones rotate by a base of their own, never scaled. Gemma Team 2025,
 * arXiv:2503.19786.
 */
final class Gemma3 {
    private Gemma3() {}

    static Transformer read(Weights w) throws FormatException {
        Attention full = Gemma2.attention(w, 62);
        Attention sliding = full.withWindow(w.integer("attention.sliding_window", 0));
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, full.headDim());
        Rope slidingRope =
                RopeScaling.unscaled(w, RopeLayout.HALVES, full.headDim(), w.real("rope.local.freq_base", 10_000f));
        int period = w.count("attention.sliding_window_pattern", 6);
        return Decoder.read(w, (i, blk) -> {
                    boolean global = i % period == period - 1;
                    return Gemma2.Layer.read(
                            w,
                            blk,
                            SelfAttention.readHeadNormed(w, i, global ? full : sliding, global ? rope : slidingRope));
                })
                .withEmbeddingScale((float) Math.sqrt(w.hidden()))
                .withSoftcap(w.real("final_logit_softcapping", 0f));
    }
}
