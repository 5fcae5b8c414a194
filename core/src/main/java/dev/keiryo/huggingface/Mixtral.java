package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** Mixtral; GGUF calls it {@code llama} with an {@code expert_count}. */
final class Mixtral extends Llama {
    @Override
    public void describe(Config c, Description d) throws FormatException {
        super.describe(c, d);
        d.count("expert_count", c.count("num_local_experts"));
        d.count("expert_used_count", c.count("num_experts_per_tok"));
    }

    @Override
    double ropeBase() {
        return 1e6;
    }

    @Override
    public TensorNames names(Config c) {
        return TensorNames.decoder()
                .map("model.layers.#.block_sparse_moe.gate", "blk.#.ffn_gate_inp")
                .map("model.layers.#.block_sparse_moe.experts.#.w1", "blk.#.ffn_gate.#")
                .map("model.layers.#.block_sparse_moe.experts.#.w3", "blk.#.ffn_up.#")
                .map("model.layers.#.block_sparse_moe.experts.#.w2", "blk.#.ffn_down.#");
    }
}
