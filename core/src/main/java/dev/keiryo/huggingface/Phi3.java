package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** Phi-3, 3.5, 4 and 4-mini: queries, keys and values are one matrix, gate and up another, here as in GGUF. */
final class Phi3 implements Family {
    @Override
    public String architecture() {
        return "phi3";
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        Llama.shape(c, d);
        c.oneOf("hidden_act", "silu");
        double turning = c.real("partial_rotary_factor", 1);
        if (turning <= 0 || turning > 1) {
            throw c.fault("partial_rotary_factor", "should be in (0, 1], but is " + turning);
        }
        RopeKeys.describe(c, d, (int) (Llama.headDim(c) * turning), 10_000);
        // 0 tells models without a window from older files that lack the key.
        d.count("attention.sliding_window", 0);
        Llama.window(c, d);
    }

    @Override
    public TensorNames names(Config c) {
        return TensorNames.decoder()
                .map("model.layers.#.self_attn.qkv_proj", "blk.#.attn_qkv")
                .map("model.layers.#.mlp.gate_up_proj", "blk.#.ffn_up")
                .map("model.layers.#.mlp.down_proj", "blk.#.ffn_down");
    }
}
