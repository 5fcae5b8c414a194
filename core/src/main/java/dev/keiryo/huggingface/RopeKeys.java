package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * Rotary embeddings: {@code rope_theta} with {@code rope_scaling}, or both in the newer {@code rope_parameters}, as GGUF's
 * {@code rope.*} keys and factor tensors.
 */
final class RopeKeys {
    private RopeKeys() {}

    /**
     * @param dims numbers of a head that rotate
     * @param otherwise the base where the configuration has none
     */
    static void describe(Config c, Description d, int dims, double otherwise) throws FormatException {
        describe(c, parameters(c), d, dims, otherwise);
    }

    /** @param rope the scaling's section of {@code c}, or null */
    static void describe(Config c, @Nullable Config rope, Description d, int dims, double otherwise)
            throws FormatException {
        d.count("rope.dimension_count", dims);
        double base =
                rope != null && rope.has("rope_theta") ? rope.real("rope_theta") : c.real("rope_theta", otherwise);
        if (base <= 1) {
            throw c.fault("rope_theta", "should be greater than 1, but is " + base);
        }
        d.real("rope.freq_base", base);
        if (rope == null) {
            return;
        }
        String type = type(rope);
        switch (type) {
            case "default" -> {}
            case "linear" -> {
                d.text("rope.scaling.type", "linear");
                d.real("rope.scaling.factor", factor(rope));
            }
            case "dynamic" -> d.real("rope.scaling.dynamic_factor", factor(rope));
            case "yarn" -> yarn(c, rope, d);
            case "llama3" -> d.vector("rope_freqs", llama3(c, rope, dims, base));
            case "su", "longrope" -> longrope(c, rope, d, dims);
            default ->
                throw rope.fault(
                        rope.first("rope_type", "type"),
                        "is \"" + type
                                + "\"; only default, linear, dynamic, yarn, llama3 and longrope can be computed");
        }
    }

    /** The scaling's section, whichever its name, or null. */
    static @Nullable Config parameters(Config c) throws FormatException {
        return c.section(c.first("rope_parameters", "rope_scaling"));
    }

    static String type(Config rope) throws FormatException {
        return rope.text(rope.first("rope_type", "type"), "default");
    }

    private static double factor(Config rope) throws FormatException {
        double factor = rope.real("factor");
        if (factor < 1) {
            throw rope.fault("factor", "should be at least 1, but is " + factor);
        }
        return factor;
    }

    /** The context the model was trained for before its rotary embedding was stretched. */
    private static int original(Config c, Config rope) throws FormatException {
        String key = "original_max_position_embeddings";
        return rope.has(key) ? rope.count(key) : c.count(key, c.count("max_position_embeddings"));
    }

    /** arXiv:2309.00071. GGUF's attention factor multiplies the paper's {@code 0.1·ln(factor) + 1}. */
    private static void yarn(Config c, Config rope, Description d) throws FormatException {
        rope.expect("truncate", true);
        double factor = factor(rope);
        d.text("rope.scaling.type", "yarn");
        d.real("rope.scaling.factor", factor);
        d.count("rope.scaling.original_context_length", original(c, rope));
        d.real("rope.scaling.yarn_beta_fast", rope.real("beta_fast", 32));
        d.real("rope.scaling.yarn_beta_slow", rope.real("beta_slow", 1));
        double usual = magnitude(factor, 1);
        double magnitude = usual;
        if (rope.has("attention_factor")) {
            magnitude = rope.real("attention_factor");
        } else if (rope.has("mscale") && rope.has("mscale_all_dim")) {
            magnitude = magnitude(factor, rope.real("mscale")) / magnitude(factor, rope.real("mscale_all_dim"));
        }
        d.real("rope.scaling.attn_factor", magnitude / usual);
    }

    private static double magnitude(double factor, double mscale) {
        return factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1;
    }

    /**
     * Llama 3.1's divisors of the frequencies: 1 for short waves, {@code factor} for long ones, a smooth passage
     * between. Grattafiori et al. 2024, arXiv:2407.21783.
     */
    private static float[] llama3(Config c, Config rope, int dims, double base) throws FormatException {
        double factor = factor(rope);
        double low = rope.real("low_freq_factor");
        double high = rope.real("high_freq_factor");
        if (low <= 0 || high <= low) {
            throw rope.fault("high_freq_factor", "should be greater than low_freq_factor, and both positive");
        }
        double original = original(c, rope);
        float[] divisors = new float[dims / 2];
        for (int i = 0; i < divisors.length; i++) {
            double waves = original * Math.pow(base, -2.0 * i / dims) / (2 * Math.PI);
            double smooth = Math.min(1, Math.max(0, (waves - low) / (high - low)));
            divisors[i] = (float) (1 / ((1 - smooth) / factor + smooth));
        }
        return divisors;
    }

    /** arXiv:2402.13753: divisors for short and for long texts, and one factor on the rotated numbers. */
    private static void longrope(Config c, Config rope, Description d, int dims) throws FormatException {
        rope.expectNone("short_mscale");
        rope.expectNone("long_mscale");
        int original = original(c, rope);
        double stretch = c.has("original_max_position_embeddings") || rope.has("original_max_position_embeddings")
                ? (double) c.count("max_position_embeddings") / original
                : factor(rope);
        d.count("rope.scaling.original_context_length", original);
        double usual = stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(original));
        d.real("rope.scaling.attn_factor", rope.real("attention_factor", usual));
        d.vector("rope_factors_long", factors(rope, "long_factor", dims));
        d.vector("rope_factors_short", factors(rope, "short_factor", dims));
    }

    private static float[] factors(Config rope, String key, int dims) throws FormatException {
        double[] all = rope.reals(key);
        if (all.length != dims / 2) {
            throw rope.fault(key, "should have " + dims / 2 + " numbers, but has " + all.length);
        }
        float[] out = new float[all.length];
        for (int i = 0; i < out.length; i++) {
            if (all[i] <= 0) {
                throw rope.fault(key, "should be positive, but holds " + all[i]);
            }
            out[i] = (float) all[i];
        }
        return out;
    }
}
