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
        Attention attention = Attention.read(w).withWindow(w.integer("attention.sliding_window", 0));
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        return Decoder.read(
                w, (i, blk) -> PreNormLayer.read(w, blk, attention(w, i, blk, attention, rope), ffn(w, blk)));
    }

    /** {@code attn_qkv} is the rows of Q, then those of K, then those of V. */
    private static SelfAttention attention(Weights w, int i, String blk, Attention a, Rope rope)
            throws FormatException {
        int queries = a.heads() * a.headDim();
        int keys = a.kvHeads() * a.headDim();
        int values = a.kvHeads() * a.valueDim();
        int all = queries + keys + values;
        String qkv = blk + "attn_qkv";
        return new SelfAttention(
                i,
                a,
                rope,
                w.linearPart(qkv, 0, queries, all, w.hidden()),
                w.linearPart(qkv, queries, keys, all, w.hidden()),
                w.linearPart(qkv, queries + keys, values, all, w.hidden()),
                w.linear(blk + "attn_output", w.hidden(), a.heads() * a.valueDim()),
                null,
                null);
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
