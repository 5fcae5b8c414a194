package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** StarCoder2. */
final class StarCoder2 implements Family {
    @Override
    public String architecture() {
        return "starcoder2";
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        Llama.shape(c, d);
        c.oneOf("hidden_act", "gelu_pytorch_tanh");
        c.oneOf("norm_type", "layer_norm");
        c.oneOf("mlp_type", "default");
        d.real("attention.layer_norm_epsilon", c.real("norm_epsilon", 1e-5));
        RopeKeys.describe(c, d, Llama.headDim(c), 10_000);
        Llama.window(c, d);
    }

    @Override
    public TensorNames names(Config c) {
        return TensorNames.decoder()
                .map("model.layers.#.mlp.c_fc", "blk.#.ffn_up")
                .map("model.layers.#.mlp.c_proj", "blk.#.ffn_down");
    }
}
