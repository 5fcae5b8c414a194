package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Activation;

/**
 * Gemma: Llama with GeGLU, embeddings times {@code √hidden}, and heads whose width is not {@code hidden / heads}. GGUF's
 * norm weights already include the 1 that the paper's formula adds. Gemma Team 2024, arXiv:2403.08295.
 */
final class Gemma {
    private Gemma() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention();
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        return Decoder.read(
                        w,
                        (i, blk) -> PreNormLayer.read(
                                w,
                                blk,
                                SelfAttention.read(w, i, attention, rope),
                                GatedFfn.read(w, blk, Activation.GELU_TANH)))
                .withEmbeddingScale((float) Math.sqrt(w.hidden()));
    }
}
