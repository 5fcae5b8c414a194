package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Gated feed-forward {@code W_down·(f(W_gate·h) ⊙ W_up·h)}, {@code [tokens, hidden] -> [tokens, hidden]}: a layer's own,
 * or one expert. Shazeer 2020, arXiv:2002.05202.
 *
 * @param f SiLU (SwiGLU) or GELU (GeGLU)
 * @param gate {@code [ffn, hidden]}
 * @param up {@code [ffn, hidden]}
 * @param down {@code [hidden, ffn]}
 */
record GatedFfn(Activation f, Linear gate, Linear up, Linear down) implements Block {
    /** A layer's {@code ffn_gate}, {@code ffn_up} and {@code ffn_down} of width {@code feed_forward_length}. */
    static GatedFfn read(Weights w, String blk, Activation f) throws FormatException {
        return read(w, blk, "", f, w.count("feed_forward_length"));
    }

    /** As above for {@code ffn_gate_shexp} …: the expert that all tokens go through. */
    static GatedFfn readShared(Weights w, String blk, Activation f, int width) throws FormatException {
        return read(w, blk, "_shexp", f, width);
    }

    private static GatedFfn read(Weights w, String blk, String suffix, Activation f, int width) throws FormatException {
        int hidden = w.hidden();
        return new GatedFfn(
                f,
                w.linear(blk + "ffn_gate" + suffix, width, hidden),
                w.linear(blk + "ffn_up" + suffix, width, hidden),
                w.linear(blk + "ffn_down" + suffix, hidden, width));
    }

    /** A layer's {@code count} experts, each of width {@code width}. */
    static List<GatedFfn> readExperts(Weights w, String blk, Activation f, int count, int width)
            throws FormatException {
        int hidden = w.hidden();
        List<Linear> gates = w.experts(blk + "ffn_gate", count, width, hidden);
        List<Linear> ups = w.experts(blk + "ffn_up", count, width, hidden);
        List<Linear> downs = w.experts(blk + "ffn_down", count, hidden, width);
        List<GatedFfn> experts = new ArrayList<>();
        for (int e = 0; e < count; e++) {
            experts.add(new GatedFfn(f, gates.get(e), ups.get(e), downs.get(e)));
        }
        return experts;
    }

    @Override
    public Tensor forward(Ops ops, Tensor h) {
        return ops.linear(down, ops.gated(f, ops.linear(gate, h), ops.linear(up, h)));
    }
}
