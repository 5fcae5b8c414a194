package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** Falcon 7B, 40B and 2-11B: attention and feed-forward in parallel, queries, keys and values fused group by group. */
final class Falcon implements Family {
    @Override
    public String architecture() {
        return "falcon";
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        c.expect("alibi", false);
        if (!newDecoder(c)) {
            c.expect("parallel_attn", true);
        }
        c.oneOf("activation", "gelu");
        int hidden = c.count("hidden_size");
        int heads = heads(c);
        if (hidden % heads != 0) {
            throw c.fault("hidden_size", "is no multiple of the " + heads + " heads");
        }
        d.count("block_count", c.count(c.first("num_hidden_layers", "n_layer")));
        d.count("context_length", c.count("max_position_embeddings", 2048));
        d.count("embedding_length", hidden);
        d.count("feed_forward_length", c.count("ffn_hidden_size", 4 * hidden));
        d.count("attention.head_count", heads);
        d.count("attention.head_count_kv", kvHeads(c));
        d.count("vocab_size", c.count("vocab_size"));
        d.real("attention.layer_norm_epsilon", c.real("layer_norm_epsilon", 1e-5));
        d.text("tensor_data_layout", "jploski");
        RopeKeys.describe(c, d, hidden / heads, 10_000);
    }

    private static int heads(Config c) throws FormatException {
        return c.count(c.first("num_attention_heads", "n_head"));
    }

    /** Key/value heads: those given, one for all, or one for each. Old configurations tell by their keys alone. */
    private static int kvHeads(Config c) throws FormatException {
        int heads = heads(c);
        int kv = newDecoder(c)
                ? c.count(c.first("num_kv_heads", "n_head_kv"), heads)
                : c.flag("multi_query", true) ? 1 : heads;
        if (heads % kv != 0) {
            throw c.fault(c.first("num_kv_heads", "n_head_kv"), "is " + kv + ", which does not divide the heads");
        }
        return kv;
    }

    private static boolean newDecoder(Config c) throws FormatException {
        return c.flag("new_decoder_architecture", c.has("n_head_kv"));
    }

    @Override
    public TensorNames names(Config c) throws FormatException {
        return new TensorNames()
                .rename("transformer.", "")
                .map("word_embeddings", "token_embd")
                .map("ln_f", "output_norm")
                .map("lm_head", "output")
                .map("h.#.input_layernorm", "blk.#.attn_norm")
                .map("h.#.ln_mlp", "blk.#.attn_norm")
                .map("h.#.ln_attn", "blk.#.attn_norm_2")
                .map(
                        "h.#.self_attention.query_key_value",
                        "blk.#.attn_qkv",
                        new Arrangement.GroupedQkv(heads(c), kvHeads(c)))
                .map("h.#.self_attention.dense", "blk.#.attn_output")
                .map("h.#.mlp.dense_h_to_4h", "blk.#.ffn_up")
                .map("h.#.mlp.dense_4h_to_h", "blk.#.ffn_down")
                .ignore("h.#.self_attention.rotary.inv_freq")
                .ignore("h.#.self_attention.maybe_rotary.inv_freq");
    }
}
