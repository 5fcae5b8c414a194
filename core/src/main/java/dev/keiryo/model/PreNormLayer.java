package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Norm;
import dev.keiryo.tensor.Tensor;

/**
 * Llama's layer: {@code y = x + attention(norm(x)); z = y + ffn(norm(y))}, each norm with its own weights,
 * {@code [tokens, hidden] -> [tokens, hidden]}. Xiong et al. 2020, arXiv:2002.04745.
 */
record PreNormLayer(Norm attentionNorm, Block attention, Norm ffnNorm, Block ffn) implements Block {
    /** With the norms {@code attn_norm} and {@code ffn_norm}. */
    static PreNormLayer read(Weights w, String blk, Block attention, Block ffn) throws FormatException {
        return new PreNormLayer(
                w.rmsNorm(blk + "attn_norm", w.hidden()), attention, w.rmsNorm(blk + "ffn_norm", w.hidden()), ffn);
    }

    @Override
    public Tensor forward(Ops ops, Tensor x) {
        x = ops.add(x, attention.forward(ops, ops.rmsNorm(attentionNorm, x)));
        return ops.add(x, ffn.forward(ops, ops.rmsNorm(ffnNorm, x)));
    }
}
