package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.huggingface.Qwen.Generation;

/** Qwen 1.5, 2 and 3 mixture of experts. */
final class QwenMoe implements Family {
    private final Generation generation;

    QwenMoe(Generation generation) {
        this.generation = generation;
    }

    @Override
    public String architecture() {
        return generation == Generation.QWEN2 ? "qwen2moe" : "qwen3moe";
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        Llama.shape(c, d);
        c.oneOf("hidden_act", "silu");
        c.expectNone("partial_rotary_factor");
        Qwen.noWindow(c);
        RopeKeys.describe(c, d, Llama.headDim(c), 10_000);
        if (c.count("decoder_sparse_step", 1) != 1) {
            throw c.fault("decoder_sparse_step", "should be 1: every layer a mixture of experts");
        }
        if (c.has("mlp_only_layers") && !c.json().get("mlp_only_layers").isEmpty()) {
            throw c.fault("mlp_only_layers", "should be empty: every layer a mixture of experts");
        }
        d.count("expert_count", c.count("num_experts"));
        d.count("expert_used_count", c.count("num_experts_per_tok"));
        d.count("expert_feed_forward_length", c.count("moe_intermediate_size"));
        d.flag("expert_weights_norm", c.flag("norm_topk_prob", false));
        if (generation == Generation.QWEN2) {
            d.count("expert_shared_feed_forward_length", c.count("shared_expert_intermediate_size"));
        }
    }

    @Override
    public TensorNames names(Config c) {
        TensorNames names = experts(TensorNames.decoder());
        if (generation == Generation.QWEN3) {
            return Qwen.headNorms(names);
        }
        return names.map("model.layers.#.mlp.shared_expert_gate", "blk.#.ffn_gate_inp_shexp")
                .map("model.layers.#.mlp.shared_expert.gate_proj", "blk.#.ffn_gate_shexp")
                .map("model.layers.#.mlp.shared_expert.up_proj", "blk.#.ffn_up_shexp")
                .map("model.layers.#.mlp.shared_expert.down_proj", "blk.#.ffn_down_shexp");
    }

    /** A router and experts stored one by one; OLMoE's too. */
    static TensorNames experts(TensorNames names) {
        return names.map("model.layers.#.mlp.gate", "blk.#.ffn_gate_inp")
                .map("model.layers.#.mlp.experts.#.gate_proj", "blk.#.ffn_gate.#")
                .map("model.layers.#.mlp.experts.#.up_proj", "blk.#.ffn_up.#")
                .map("model.layers.#.mlp.experts.#.down_proj", "blk.#.ffn_down.#");
    }
}
