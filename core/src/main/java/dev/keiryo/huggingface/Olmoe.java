package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** OLMoE. */
final class Olmoe implements Family {
    @Override
    public String architecture() {
        return "olmoe";
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        Llama.shape(c, d);
        d.real("attention.layer_norm_rms_epsilon", c.real("rms_norm_eps", 1e-5));
        c.oneOf("hidden_act", "silu");
        c.expectNone("clip_qkv");
        d.flag("expert_weights_norm", c.flag("norm_topk_prob", false));
        RopeKeys.describe(c, d, Llama.headDim(c), 10_000);
        d.count("expert_count", c.count("num_experts"));
        d.count("expert_used_count", c.count("num_experts_per_tok"));
    }

    @Override
    public TensorNames names(Config c) {
        return Qwen.headNorms(QwenMoe.experts(TensorNames.decoder()));
    }
}
