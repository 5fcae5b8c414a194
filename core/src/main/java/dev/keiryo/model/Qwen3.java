package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Activation;

/**
 * Qwen 3: Llama with each head's queries and keys RMS-normalized before they are rotated. Yang et al. 2025,
 * arXiv:2505.09388.
 */
final class Qwen3 {
    private Qwen3() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention();
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        return Decoder.read(
                w,
                (i, blk) -> PreNormLayer.read(
                        w,
                        blk,
                        SelfAttention.readHeadNormed(w, i, attention, rope),
                        GatedFfn.read(w, blk, Activation.SILU)));
    }
}
