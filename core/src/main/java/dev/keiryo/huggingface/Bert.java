package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.MetadataValue;

/** BERT and what embeds sentences with it (MiniLM, BGE, E5); heads for other tasks are left out. */
final class Bert implements Family {
    @Override
    public String architecture() {
        return "bert";
    }

    @Override
    public boolean hasOutput() {
        return false;
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        c.oneOf("hidden_act", "gelu");
        c.oneOf("position_embedding_type", "absolute");
        c.expect("is_decoder", false);
        c.expect("add_cross_attention", false);
        d.count("block_count", c.count("num_hidden_layers"));
        d.count("context_length", c.count("max_position_embeddings"));
        d.count("embedding_length", c.count("hidden_size"));
        d.count("feed_forward_length", c.count("intermediate_size"));
        d.count("attention.head_count", c.count("num_attention_heads"));
        d.real("attention.layer_norm_epsilon", c.real("layer_norm_eps", 1e-12));
        d.flag("attention.causal", false);
        d.plain("tokenizer.ggml.token_type_count", MetadataValue.of((long) c.count("type_vocab_size", 2)));
        d.count("vocab_size", c.count("vocab_size"));
    }

    @Override
    public TensorNames names(Config c) {
        return new TensorNames()
                .rename("bert.", "")
                .map("embeddings.word_embeddings", "token_embd")
                .map("embeddings.position_embeddings", "position_embd")
                .map("embeddings.token_type_embeddings", "token_types")
                .map("embeddings.LayerNorm", "token_embd_norm")
                .map("encoder.layer.#.attention.self.query", "blk.#.attn_q")
                .map("encoder.layer.#.attention.self.key", "blk.#.attn_k")
                .map("encoder.layer.#.attention.self.value", "blk.#.attn_v")
                .map("encoder.layer.#.attention.output.dense", "blk.#.attn_output")
                .map("encoder.layer.#.attention.output.LayerNorm", "blk.#.attn_output_norm")
                .map("encoder.layer.#.intermediate.dense", "blk.#.ffn_up")
                .map("encoder.layer.#.output.dense", "blk.#.ffn_down")
                .map("encoder.layer.#.output.LayerNorm", "blk.#.layer_output_norm")
                .ignore("embeddings.position_ids")
                .ignoreAll("pooler.")
                .ignoreAll("cls.");
    }
}
