package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gemma 3: the text model, alone or within the multimodal one, whose image part is left out. */
final class Gemma3 implements Family {
    /** What the multimodal configuration leaves out of its text part, being the class's defaults. */
    private static final String DEFAULTS = """
            {"vocab_size": 262208, "hidden_size": 2304, "intermediate_size": 9216, "num_hidden_layers": 26,
             "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256, "max_position_embeddings": 131072,
             "rms_norm_eps": 1e-6, "query_pre_attn_scalar": 256, "sliding_window": 4096}""";

    @Override
    public String architecture() {
        return "gemma3";
    }

    @Override
    public boolean tiedByDefault() {
        return true;
    }

    @Override
    public Config text(Config root) throws FormatException {
        Config text = root.section("text_config");
        return text == null ? root : text.withDefaults(DEFAULTS);
    }

    @Override
    public void describe(Config c, Description d) throws FormatException {
        Llama.shape(c, d);
        c.oneOf("hidden_activation", "gelu_pytorch_tanh");
        c.expect("use_bidirectional_attention", false);
        c.expectNone("attn_logit_softcapping");
        d.real("attention.scale", 1 / Math.sqrt(c.real("query_pre_attn_scalar")));
        d.real("final_logit_softcapping", c.real("final_logit_softcapping", 0));
        d.count("attention.sliding_window", c.count("sliding_window"));
        d.count("attention.sliding_window_pattern", pattern(c));
        rope(c, d);
    }

    private static void rope(Config c, Description d) throws FormatException {
        Config all = RopeKeys.parameters(c);
        Config full = all == null ? null : all.section("full_attention");
        Config sliding = all == null ? null : all.section("sliding_attention");
        RopeKeys.describe(c, full == null ? all : full, d, Llama.headDim(c), 1e6);
        if (sliding != null && !RopeKeys.type(sliding).equals("default")) {
            throw sliding.fault("rope_type", "should be \"default\": sliding layers rotate unscaled");
        }
        d.real("rope.local.freq_base", localBase(c, sliding));
    }

    private static double localBase(Config c, @Nullable Config sliding) throws FormatException {
        return sliding == null ? c.real("rope_local_base_freq", 10_000) : sliding.real("rope_theta", 10_000);
    }

    /** Every how many layers one sees all. */
    private static int pattern(Config c) throws FormatException {
        List<String> types = c.texts("layer_types");
        if (types.isEmpty()) {
            return c.count(c.first("sliding_window_pattern", "_sliding_window_pattern"), 6);
        }
        int first = types.indexOf("full_attention");
        int period = first < 0 ? types.size() + 1 : first + 1;
        for (int i = 0; i < types.size(); i++) {
            if (!types.get(i).equals((i + 1) % period == 0 ? "full_attention" : "sliding_attention")) {
                throw c.fault("layer_types", "should repeat with a fixed period; layer " + i + " does not");
            }
        }
        return period;
    }

    @Override
    public TensorNames names(Config c) {
        return Gemma.sandwich(TensorNames.gatedDecoder())
                .map("model.layers.#.self_attn.q_norm", "blk.#.attn_q_norm", new Arrangement.PlusOne())
                .map("model.layers.#.self_attn.k_norm", "blk.#.attn_k_norm", new Arrangement.PlusOne())
                .rename("model.language_model.", "model.")
                .rename("language_model.model.", "model.")
                .rename("language_model.lm_head.", "lm_head.")
                .ignoreAll("vision_tower.")
                .ignoreAll("model.vision_tower.")
                .ignoreAll("multi_modal_projector.")
                .ignoreAll("model.multi_modal_projector.");
    }
}
