package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Linear;

/** The four linear layers of an attention: {@code hidden} to queries, keys and values, and the heads' values back. */
record Projections(Linear q, Linear k, Linear v, Linear output) {
    /**
     * Reads a layer's projections, whether stored apart ({@code attn_q}, {@code attn_k}, {@code attn_v}) or as the rows
     * of one {@code attn_qkv} in that order.
     *
     * @param blk the layer's prefix, {@code blk.0.}
     */
    static Projections read(Weights w, String blk, Attention a, int hidden) throws FormatException {
        int queries = a.heads() * a.headDim();
        int keys = a.kvHeads() * a.headDim();
        int values = a.kvHeads() * a.valueDim();
        Linear output = w.linear(blk + "attn_output", hidden, a.heads() * a.valueDim());
        String fused = blk + "attn_qkv";
        if (!w.has(fused + ".weight")) {
            return new Projections(
                    w.linear(blk + "attn_q", queries, hidden),
                    w.linear(blk + "attn_k", keys, hidden),
                    w.linear(blk + "attn_v", values, hidden),
                    output);
        }
        int total = queries + keys + values;
        return new Projections(
                w.linearPart(fused, 0, queries, total, hidden),
                w.linearPart(fused, queries, keys, total, hidden),
                w.linearPart(fused, queries + keys, values, total, hidden),
                output);
    }
}
