package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** Gemma 1. What is called {@code gelu} in its configuration is the tanh approximation all the same. */
final class Gemma implements Family {
    @Override
    public String architecture() {
        return "gemma";
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        Llama.shape(c, d);
        c.oneOf("hidden_activation", "gelu_pytorch_tanh");
        c.oneOf("hidden_act", "gelu_pytorch_tanh", "gelu");
        RopeKeys.describe(c, d, Llama.headDim(c), 10_000);
    }

    @Override
    public TensorNames names(Config c) {
        return plusOne(TensorNames.gatedDecoder())
                .map("model.layers.#.post_attention_layernorm", "blk.#.ffn_norm", new Arrangement.PlusOne());
    }

    /** The norms that all Gemmas have. */
    static TensorNames plusOne(TensorNames names) {
        return names.map("model.norm", "output_norm", new Arrangement.PlusOne())
                .map("model.layers.#.input_layernorm", "blk.#.attn_norm", new Arrangement.PlusOne());
    }

    /** The norms around both branches, of Gemma 2 and 3. */
    static TensorNames sandwich(TensorNames names) {
        return plusOne(names)
                .map("model.layers.#.post_attention_layernorm", "blk.#.post_attention_norm", new Arrangement.PlusOne())
                .map("model.layers.#.pre_feedforward_layernorm", "blk.#.ffn_norm", new Arrangement.PlusOne())
                .map("model.layers.#.post_feedforward_layernorm", "blk.#.post_ffw_norm", new Arrangement.PlusOne());
    }
}
