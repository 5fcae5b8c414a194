package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Activation;

/**
 * Qwen 2 and 2.5: Llama with biases on queries, keys and values. Yang et al. 2024, arXiv:2407.10671.
 */
final class Qwen2 {
    private Qwen2() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention();
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        return Decoder.read(
                w,
                (i, blk) -> PreNormLayer.read(
                        w, blk, SelfAttention.read(w, i, attention, rope), GatedFfn.read(w, blk, Activation.SILU)));
    }
}
