package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Tensor;

/**
 * Granite 3: Llama with four factors, on the embeddings, on what each branch adds to the residual stream, on attention
 * scores (in place of {@code 1/√headDim}) and, as a divisor, on the logits; after the maximal update parametrization of
 * Yang et al. 2022, arXiv:2203.03466. IBM Granite Team 2024, "Granite 3.0 Language Models".
 */
final class Granite {
    private Granite() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention();
        Rope rope = RopeScaling.read(w, RopeLayout.INTERLEAVED, attention.headDim());
        float residualScale = w.real("residual_scale", 1f);
        return Decoder.read(
                        w,
                        (i, blk) -> PreNormLayer.read(
                                w,
                                blk,
                                new Scaled(SelfAttention.read(w, i, attention, rope), residualScale),
                                new Scaled(GatedFfn.read(w, blk, Activation.SILU), residualScale)))
                .withEmbeddingScale(w.real("embedding_scale", 1f))
                .withLogitScale(1 / w.real("logit_scale", 1f));
    }

    private record Scaled(Block branch, float s) implements Block {
        @Override
        public Tensor forward(Ops ops, Tensor h) {
            return ops.scale(branch.forward(ops, h), s);
        }
    }
}
