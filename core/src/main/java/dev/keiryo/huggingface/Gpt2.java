package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** GPT-2, whose matrices ({@code Conv1D}) are stored {@code [in, out]}. */
final class Gpt2 implements Family {
    @Override
    public String architecture() {
        return "gpt2";
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        int hidden = c.count(c.first("n_embd", "hidden_size"));
        c.oneOf("activation_function", "gelu_new", "gelu_pytorch_tanh");
        c.expect("scale_attn_weights", true);
        c.expect("scale_attn_by_inverse_layer_idx", false);
        c.expect("add_cross_attention", false);
        d.count("block_count", c.count(c.first("n_layer", "num_hidden_layers")));
        d.count("context_length", c.count(c.first("n_positions", "n_ctx", "max_position_embeddings")));
        d.count("embedding_length", hidden);
        d.count("feed_forward_length", c.count("n_inner", 4 * hidden));
        d.count("attention.head_count", c.count(c.first("n_head", "num_attention_heads")));
        d.count("vocab_size", c.count("vocab_size"));
        d.real("attention.layer_norm_epsilon", c.real("layer_norm_epsilon", 1e-5));
    }

    @Override
    public TensorNames names(Config c) {
        return new TensorNames()
                .rename("transformer.", "")
                .map("wte", "token_embd")
                .map("wpe", "position_embd")
                .map("ln_f", "output_norm")
                .map("lm_head", "output")
                .map("h.#.ln_1", "blk.#.attn_norm")
                .map("h.#.attn.c_attn", "blk.#.attn_qkv", new Arrangement.Transposed())
                .map("h.#.attn.c_proj", "blk.#.attn_output", new Arrangement.Transposed())
                .map("h.#.ln_2", "blk.#.ffn_norm")
                .map("h.#.mlp.c_fc", "blk.#.ffn_up", new Arrangement.Transposed())
                .map("h.#.mlp.c_proj", "blk.#.ffn_down", new Arrangement.Transposed())
                .ignore("h.#.attn.bias")
                .ignore("h.#.attn.masked_bias");
    }
}
