package dev.keiryo.huggingface;

import dev.keiryo.FormatException;

/** Llama and Mistral; what other decoders of this kind share of their configuration. */
class Llama implements Family {
    @Override
    public String architecture() {
        return "llama";
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        shape(c, d);
        c.oneOf("hidden_act", "silu");
        c.expectNone("partial_rotary_factor");
        RopeKeys.describe(c, d, headDim(c), ropeBase());
        window(c, d);
    }

    /** The sizes, the epsilon and the vocabulary. */
    static void shape(Config c, Description d) throws FormatException {
        int heads = c.count("num_attention_heads");
        int kvHeads = c.count("num_key_value_heads", heads);
        if (heads % kvHeads != 0) {
            throw c.fault("num_key_value_heads", "is " + kvHeads + ", which does not divide the " + heads + " heads");
        }
        d.count("block_count", c.count("num_hidden_layers"));
        d.count("context_length", c.count("max_position_embeddings"));
        d.count("embedding_length", c.count("hidden_size"));
        d.count("feed_forward_length", c.count("intermediate_size"));
        d.count("attention.head_count", heads);
        d.count("attention.head_count_kv", kvHeads);
        d.count("attention.key_length", headDim(c));
        d.count("attention.value_length", headDim(c));
        d.count("vocab_size", c.count("vocab_size"));
        if (c.has("rms_norm_eps")) {
            d.real("attention.layer_norm_rms_epsilon", c.real("rms_norm_eps"));
        }
    }

    static int headDim(Config c) throws FormatException {
        if (c.has("head_dim")) {
            return c.count("head_dim");
        }
        int heads = c.count("num_attention_heads");
        if (c.count("hidden_size") % heads != 0) {
            throw c.fault("hidden_size", "is no multiple of the " + heads + " heads, and there is no head_dim");
        }
        return c.count("hidden_size") / heads;
    }

    /** {@code sliding_window} where there is one that is narrower than the context. */
    static void window(Config c, Description d) throws FormatException {
        if (c.has("sliding_window") && c.count("sliding_window") < c.count("max_position_embeddings")) {
            d.count("attention.sliding_window", c.count("sliding_window"));
        }
    }

    double ropeBase() {
        return 10_000;
    }

    @Override
    public TensorNames names(Config c) throws FormatException {
        return TensorNames.gatedDecoder();
    }
}
