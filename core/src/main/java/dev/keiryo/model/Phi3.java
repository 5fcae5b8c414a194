package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Activation;

/**
 * Phi-3, 3.5 and 4-mini: Llama with queries, keys and values in one matrix, gate and up in another, a sliding window on
 * every layer, and longrope. Abdin et al. 2024, arXiv:2404.14219.
 */
final class Phi3 {
    private Phi3() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention().withWindow(w.integer("attention.sliding_window", 0));
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        return Decoder.read(
                w, (i, blk) -> PreNormLayer.read(w, blk, SelfAttention.read(w, i, attention, rope), ffn(w, blk)));
    }

    /** {@code ffn_up} is the rows of the gate, then those of up. */
    private static GatedFfn ffn(Weights w, String blk) throws FormatException {
        int width = w.count("feed_forward_length");
        return new GatedFfn(
                Activation.SILU,
                w.linearPart(blk + "ffn_up", 0, width, 2 * width, w.hidden()),
                w.linearPart(blk + "ffn_up", width, width, 2 * width, w.hidden()),
                w.linear(blk + "ffn_down", w.hidden(), width));
    }
}
