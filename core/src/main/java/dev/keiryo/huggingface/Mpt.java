package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** MPT. */
final class Mpt implements Family {
    @Override
    public String architecture() {
        return "mpt";
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        int hidden = c.count("d_model");
        d.count("block_count", c.count("n_layers"));
        d.count("context_length", c.count("max_seq_len"));
        d.count("embedding_length", hidden);
        d.count("feed_forward_length", (long) hidden * c.count("expansion_ratio", 4));
        d.count("attention.head_count", c.count("n_heads"));
        d.count("vocab_size", c.count("vocab_size"));
        d.real("attention.layer_norm_epsilon", c.real("layer_norm_epsilon", 1e-5));
        c.expectNone("logit_scale");
        c.oneOf("norm_type", "low_precision_layernorm", "layernorm");
        Config a = c.section("attn_config");
        if (a == null) {
            throw c.fault("attn_config", "is missing; it says how the attention works");
        }
        attention(a, d);
    }

    private static void attention(Config a, Description d) throws FormatException {
        String type = a.oneOf("attn_type", "multihead_attention", "grouped_query_attention", "multiquery_attention");
        if (type.equals("grouped_query_attention")) {
            d.count("attention.head_count_kv", a.count("kv_n_heads"));
        } else if (type.equals("multiquery_attention")) {
            d.count("attention.head_count_kv", 1);
        }
        a.expect("alibi", true);
        a.expect("prefix_lm", false);
        a.expect("qk_gn", false);
        a.expect("rope", false);
        a.expectNone("softmax_scale");
        if (a.has("clip_qkv") && a.real("clip_qkv") != 0) {
            d.real("attention.clamp_kqv", a.real("clip_qkv"));
        }
        d.real("attention.max_alibi_bias", a.real("alibi_bias_max", 8));
    }

    @Override
    public TensorNames names(Config c) {
        return new TensorNames()
                .rename("transformer.", "")
                .map("wte", "token_embd")
                .map("norm_f", "output_norm")
                .map("lm_head", "output")
                .map("blocks.#.norm_1", "blk.#.attn_norm")
                .map("blocks.#.attn.Wqkv", "blk.#.attn_qkv")
                .map("blocks.#.attn.out_proj", "blk.#.attn_output")
                .map("blocks.#.attn.q_ln", "blk.#.attn_q_norm")
                .map("blocks.#.attn.k_ln", "blk.#.attn_k_norm")
                .map("blocks.#.norm_2", "blk.#.ffn_norm")
                .map("blocks.#.ffn.up_proj", "blk.#.ffn_up")
                .map("blocks.#.ffn.down_proj", "blk.#.ffn_down");
    }
}
