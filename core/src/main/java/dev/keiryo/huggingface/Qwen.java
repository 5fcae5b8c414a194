package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import java.util.List;

/** Qwen 2, 2.5 and 3, dense. */
final class Qwen implements Family {
    /** Which Qwen. */
    enum Generation {
        QWEN2,
        QWEN3
    }

    private final Generation generation;

    Qwen(Generation generation) {
        this.generation = generation;
    }

    @Override
    public String architecture() {
        return generation == Generation.QWEN2 ? "qwen2" : "qwen3";
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        Llama.shape(c, d);
        c.oneOf("hidden_act", "silu");
        c.expectNone("partial_rotary_factor");
        noWindow(c);
        RopeKeys.describe(c, d, Llama.headDim(c), 10_000);
    }

    /** Fails where a sliding window would be in effect: {@code use_sliding_window} from {@code max_window_layers} on. */
    static void noWindow(Config c) throws FormatException {
        List<String> types = c.texts("layer_types");
        boolean slides = types.isEmpty()
                ? c.flag("use_sliding_window", false)
                        && c.has("sliding_window")
                        && c.count("max_window_layers", 1) < c.count("num_hidden_layers")
                : types.contains("sliding_attention");
        if (slides && c.count("sliding_window") < c.count("max_position_embeddings")) {
            throw c.fault("use_sliding_window", "is true; Qwen models can be computed only without sliding windows");
        }
    }

    @Override
    public TensorNames names(Config c) {
        TensorNames names = TensorNames.gatedDecoder();
        return generation == Generation.QWEN2 ? names : headNorms(names);
    }

    /** Qwen 3's norms of queries and keys. */
    static TensorNames headNorms(TensorNames names) {
        return names.map("model.layers.#.self_attn.q_norm", "blk.#.attn_q_norm")
                .map("model.layers.#.self_attn.k_norm", "blk.#.attn_k_norm");
    }
}
