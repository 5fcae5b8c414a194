package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention of a text to itself with rotary positions: {@code W_o·attention(R·norm(W_q·h), R·norm(W_k·h), W_v·h)},
 * {@code [tokens, hidden] -> [tokens, hidden]}; the projections may have biases.
 *
 * @param slot where keys and values are kept: the layer's index
 * @param queryNorm RMS norm of the queries, each head alone or all together as its width says; null for none
 * @param keyNorm the same for the keys
 */
record SelfAttention(
        int slot,
        Attention attention,
        Rope rope,
        Projections projections,
        @Nullable Norm queryNorm,
        @Nullable Norm keyNorm)
        implements Block {
    /** Layer {@code i}'s, without norms. */
    static SelfAttention read(Weights w, int i, Attention a, Rope rope) throws FormatException {
        return new SelfAttention(i, a, rope, Projections.read(w, "blk." + i + ".", a, w.hidden()), null, null);
    }

    /** As {@link #read}, with {@code attn_q_norm} and {@code attn_k_norm} of one head's width. */
    static SelfAttention readHeadNormed(Weights w, int i, Attention a, Rope rope) throws FormatException {
        return read(w, i, a, rope).normed(w, a.headDim(), a.headDim());
    }

    /** As {@link #read}, with {@code attn_q_norm} and {@code attn_k_norm} over all heads together. */
    static SelfAttention readFullyNormed(Weights w, int i, Attention a, Rope rope) throws FormatException {
        return read(w, i, a, rope).normed(w, a.heads() * a.headDim(), a.kvHeads() * a.headDim());
    }

    private SelfAttention normed(Weights w, int queryWidth, int keyWidth) throws FormatException {
        String attn = "blk." + slot + ".attn_";
        return new SelfAttention(
                slot,
                attention,
                rope,
                projections,
                w.rmsNorm(attn + "q_norm", queryWidth),
                w.rmsNorm(attn + "k_norm", keyWidth));
    }

    @Override
    public Tensor forward(Ops ops, Tensor h) {
        Tensor q = ops.rope(rope, normed(ops, queryNorm, ops.linear(projections.q(), h)));
        Tensor k = ops.rope(rope, normed(ops, keyNorm, ops.linear(projections.k(), h)));
        Tensor v = ops.linear(projections.v(), h);
        return ops.linear(projections.output(), ops.attention(slot, attention, q, k, v));
    }

    private static Tensor normed(Ops ops, @Nullable Norm norm, Tensor x) {
        return norm == null ? x : ops.rmsNorm(norm, x);
    }
}
