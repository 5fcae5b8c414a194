package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Attention of a text to itself with rotary positions: {@code W_o·attention(R(norm(W_q·h)), R(norm(W_k·h)), W_v·h)},
 * {@code [tokens, hidden] -> [tokens, hidden]}; the projections may have biases.
 *
 * @param slot where keys and values are kept: the layer's index
 * @param q {@code [heads·headDim, hidden]}
 * @param k {@code [kvHeads·headDim, hidden]}
 * @param v {@code [kvHeads·valueDim, hidden]}
 * @param o {@code [hidden, heads·valueDim]}
 * @param queryNorm RMS norm of the queries, each head alone or all together as its width says; null for none
 * @param keyNorm the same for the keys
 */
record SelfAttention(
        int slot,
        Attention attention,
        Rope rope,
        Linear q,
        Linear k,
        Linear v,
        Linear o,
        @Nullable Norm queryNorm,
        @Nullable Norm keyNorm)
        implements Block {
    /** Reads layer {@code i}'s {@code attn_q}, {@code attn_k}, {@code attn_v} and {@code attn_output}; no norms. */
    static SelfAttention read(Weights w, int i, Attention a, Rope rope) throws FormatException {
        String attn = "blk." + i + ".attn_";
        int hidden = w.hidden();
        return new SelfAttention(
                i,
                a,
                rope,
                w.linear(attn + "q", a.heads() * a.headDim(), hidden),
                w.linear(attn + "k", a.kvHeads() * a.headDim(), hidden),
                w.linear(attn + "v", a.kvHeads() * a.valueDim(), hidden),
                w.linear(attn + "output", hidden, a.heads() * a.valueDim()),
                null,
                null);
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
                q,
                k,
                v,
                o,
                w.rmsNorm(attn + "q_norm", queryWidth),
                w.rmsNorm(attn + "k_norm", keyWidth));
    }

    @Override
    public Tensor forward(Ops ops, Tensor h) {
        Tensor queries = ops.rope(rope, normed(ops, queryNorm, ops.linear(q, h)));
        Tensor keys = ops.rope(rope, normed(ops, keyNorm, ops.linear(k, h)));
        Tensor values = ops.linear(v, h);
        return ops.linear(o, ops.attention(slot, attention, queries, keys, values));
    }

    private static Tensor normed(Ops ops, @Nullable Norm norm, Tensor x) {
        return norm == null ? x : ops.rmsNorm(norm, x);
    }
}
