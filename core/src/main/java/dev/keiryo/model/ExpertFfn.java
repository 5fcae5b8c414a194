package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Tensor;
import java.util.List;

/**
 * Sparse mixture of SwiGLU experts in a feed-forward's place: {@code y = Σ_e w_e(W_router·h)·expert_e(h)} over the few
 * experts that each token is routed to, {@code [tokens, hidden] -> [tokens, hidden]}. Shazeer et al. 2017,
 * arXiv:1701.06538.
 *
 * @param router {@code [experts, hidden]}
 */
record ExpertFfn(Routing routing, Linear router, List<GatedFfn> experts) implements Block {
    /**
     * Reads {@code ffn_gate_inp} and the stacked experts.
     *
     * @param width of one expert
     */
    static ExpertFfn read(Weights w, String blk, Routing routing, int width) throws FormatException {
        int count = w.count("expert_count");
        return new ExpertFfn(
                routing,
                w.linear(blk + "ffn_gate_inp", count, w.hidden()),
                GatedFfn.readExperts(w, blk, Activation.SILU, count, width));
    }

    @Override
    public Tensor forward(Ops ops, Tensor h) {
        return ops.mixture(routing, ops.linear(router, h), experts, h);
    }
}
