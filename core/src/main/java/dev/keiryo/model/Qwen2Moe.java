package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Activation;
import dev.keiryo.tensor.Linear;
import dev.keiryo.tensor.Tensor;

/**
 * Qwen 1.5 and 2 mixture of experts: {@link Qwen2} with, in the feed-forward's place,
 * {@code Σ_e p_e·expert_e(h) + σ(g·h)·shared(h)}: experts weighed by their probability among all, and one that every token
 * goes through, behind a gate. Yang et al. 2024, arXiv:2407.10671.
 */
final class Qwen2Moe {
    private Qwen2Moe() {}

    static Transformer read(Weights w) throws FormatException {
        Attention attention = w.attention();
        Rope rope = RopeScaling.read(w, RopeLayout.HALVES, attention.headDim());
        Routing routing = Routing.read(w, false);
        return Decoder.read(
                w,
                (i, blk) -> PreNormLayer.read(
                        w, blk, SelfAttention.read(w, i, attention, rope), Ffn.read(w, blk, routing)));
    }

    /** @param sharedGate g {@code [1, hidden]} */
    private record Ffn(ExpertFfn routed, GatedFfn shared, Linear sharedGate) implements Block {
        static Ffn read(Weights w, String blk, Routing routing) throws FormatException {
            return new Ffn(
                    ExpertFfn.read(w, blk, routing, w.count("expert_feed_forward_length")),
                    GatedFfn.readShared(w, blk, Activation.SILU, w.count("expert_shared_feed_forward_length")),
                    w.linear(blk + "ffn_gate_inp_shexp", 1, w.hidden()));
        }

        @Override
        public Tensor forward(Ops ops, Tensor h) {
            Tensor always = ops.gateRows(shared.forward(ops, h), ops.linear(sharedGate, h));
            return ops.add(routed.forward(ops, h), always);
        }
    }
}
