package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** T5, T5 1.1, Flan-T5 and mT5. */
final class T5 implements Family {
    @Override
    public String architecture() {
        return "t5";
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        int layers = c.count("num_layers");
        if (c.count("num_decoder_layers", layers) != layers) {
            d.count("decoder_block_count", c.count("num_decoder_layers"));
        }
        c.oneOf("feed_forward_proj", "relu", "gated-gelu");
        double epsilon = c.real("layer_norm_epsilon", 1e-6);
        d.count("context_length", c.count("n_positions", 512));
        d.count("embedding_length", c.count("d_model"));
        d.count("feed_forward_length", c.count("d_ff"));
        d.count("block_count", layers);
        d.count("attention.head_count", c.count("num_heads"));
        d.count("attention.key_length", c.count("d_kv"));
        d.count("attention.value_length", c.count("d_kv"));
        d.count("vocab_size", c.count("vocab_size"));
        d.real("attention.layer_norm_epsilon", epsilon);
        d.real("attention.layer_norm_rms_epsilon", epsilon);
        d.count("attention.relative_buckets_count", c.count("relative_attention_num_buckets", 32));
        if (c.count("relative_attention_max_distance", 128) != 128) {
            throw c.fault("relative_attention_max_distance", "should be 128; GGUF cannot say otherwise");
        }
        // a decoder starts from padding where the folder does not say otherwise
        d.count("decoder_start_token_id", c.has("pad_token_id") ? Math.max(0, c.integer("pad_token_id")) : 0);
    }

    @Override
    public TensorNames names(Config c) {
        return stack(
                stack(new TensorNames(), "encoder", "enc", 1)
                        .map("shared", "token_embd")
                        .map("lm_head", "output")
                        .map("encoder.final_layer_norm", "enc.output_norm")
                        .map("decoder.final_layer_norm", "dec.output_norm")
                        .map("decoder.block.#.layer.1.EncDecAttention.q", "dec.blk.#.cross_attn_q")
                        .map("decoder.block.#.layer.1.EncDecAttention.k", "dec.blk.#.cross_attn_k")
                        .map("decoder.block.#.layer.1.EncDecAttention.v", "dec.blk.#.cross_attn_v")
                        .map("decoder.block.#.layer.1.EncDecAttention.o", "dec.blk.#.cross_attn_o")
                        .map("decoder.block.#.layer.1.layer_norm", "dec.blk.#.cross_attn_norm")
                        // stored in old files, never used: distance to the encoder's tokens means nothing
                        .ignore("decoder.block.#.layer.#.EncDecAttention.relative_attention_bias.weight")
                        .mapCopy("encoder.embed_tokens", "token_embd")
                        .mapCopy("decoder.embed_tokens", "token_embd"),
                "decoder",
                "dec",
                2);
    }

    /** @param ffn which of a block's parts is the feed-forward */
    private static TensorNames stack(TensorNames names, String stored, String gguf, int ffn) {
        String from = stored + ".block.#.layer.";
        String to = gguf + ".blk.#.";
        return names.map(from + "0.SelfAttention.q", to + "attn_q")
                .map(from + "0.SelfAttention.k", to + "attn_k")
                .map(from + "0.SelfAttention.v", to + "attn_v")
                .map(from + "0.SelfAttention.o", to + "attn_o")
                .map(from + "0.SelfAttention.relative_attention_bias", to + "attn_rel_b")
                .map(from + "0.layer_norm", to + "attn_norm")
                .map(from + ffn + ".layer_norm", to + "ffn_norm")
                .map(from + ffn + ".DenseReluDense.wi", to + "ffn_up")
                .map(from + ffn + ".DenseReluDense.wi_0", to + "ffn_gate")
                .map(from + ffn + ".DenseReluDense.wi_1", to + "ffn_up")
                .map(from + ffn + ".DenseReluDense.wo", to + "ffn_down");
    }
}
