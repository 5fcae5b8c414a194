package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Activation;

/**
 * Llama 1 to 3.2, and with it Mistral, SmolLM and TinyLlama: RMS norm before, rotary positions, grouped-query attention
 * (with a sliding window in Mistral 0.1), SwiGLU. Touvron et al. 2023, arXiv:2302.13971; Jiang et al. 2023,
 * arXiv:2310.06825; Grattafiori et al. 2024, arXiv:2407.21783.
 */
final class Llama {
    private Llama() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention().withWindow(w.integer("attention.sliding_window", 0));
        Rope rope = RopeScaling.read(w, RopeLayout.INTERLEAVED, attention.headDim());
        return Decoder.read(
                w,
                (i, blk) -> PreNormLayer.read(
                        w, blk, SelfAttention.read(w, i, attention, rope), GatedFfn.read(w, blk, Activation.SILU)));
    }
}
