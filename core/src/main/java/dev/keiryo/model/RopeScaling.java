package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Matrix;

/**
 * Reads a model's rotary embedding, whichever scaling it uses, from GGUF's {@code *.rope.*} keys and tensors, and from
 * {@code rope.scaling.dynamic_factor}, which GGUF lacks and Hugging Face folders may set.
 */
final class RopeScaling {
    private RopeScaling() {}

    /**
     * @param custom the architecture's pairing in GGUF files; a checkpoint that says its own overrules it
     * @param headDim numbers of a head
     */
    static Rope read(Weights w, RopeLayout custom, int headDim) throws FormatException {
        double base = w.real("rope.freq_base", 10_000f);
        Rope rope = unscaled(w, custom, headDim, base);
        if (w.has("rope_freqs.weight")) {
            rope = rope.dividedBy(floats(w, "rope_freqs.weight", rope.frequencies().length));
        }
        boolean longrope = w.has("rope_factors_long.weight") || "longrope".equals(w.text("rope.scaling.type"));
        return longrope ? longrope(w, rope) : scaled(w, rope, base);
    }

    /** Without any scaling, and with a base that need not be the model's main one (Gemma 3's local layers). */
    static Rope unscaled(Weights w, RopeLayout custom, int headDim, double base) throws FormatException {
        RopeLayout stored = w.checkpoint().ropeLayout();
        int dims = w.count("rope.dimension_count", headDim);
        if (dims > headDim || dims % 2 != 0) {
            throw new FormatException(
                    w.checkpoint().source(), dims + " rotating dimensions do not fit heads of " + headDim);
        }
        return Rope.plain(stored == null ? custom : stored, headDim, dims, base);
    }

    private static Rope scaled(Weights w, Rope rope, double base) throws FormatException {
        int original = w.count("rope.scaling.original_context_length", w.count("context_length"));
        float attentionFactor = w.real("rope.scaling.attn_factor", 1f);
        float factor = w.real("rope.scaling.factor", w.real("rope.scale_linear", 1f));
        float dynamic = w.real("rope.scaling.dynamic_factor", 1f);
        if (dynamic > 1) {
            return rope.dynamic(w.count("context_length"), base, dynamic);
        }
        String type = w.text("rope.scaling.type");
        return switch (type == null ? "linear" : type) {
            case "none" -> rope.withMagnitude(attentionFactor);
            case "linear" -> (factor == 0 ? rope : rope.linear(factor)).withMagnitude(attentionFactor);
            case "yarn" -> {
                if (!(factor > 0)) {
                    throw new FormatException(w.checkpoint().source(), "YaRN's rope.scaling.factor is " + factor);
                }
                float fast = w.real("rope.scaling.yarn_beta_fast", 32f);
                float slow = w.real("rope.scaling.yarn_beta_slow", 1f);
                // GGUF's factor multiplies the paper's magnitude rather than replacing it
                float magnitude = attentionFactor * (float) (0.1 * Math.log(factor) + 1);
                yield rope.yarn(factor, original, base, fast, slow, magnitude);
            }
            default ->
                throw new FormatException(
                        w.checkpoint().source(),
                        "rope scaling type " + type + " is unknown; none, linear, yarn and longrope are known");
        };
    }

    private static Rope longrope(Weights w, Rope plain) throws FormatException {
        int original = w.count("rope.scaling.original_context_length", w.count("context_length"));
        int pairs = plain.frequencies().length;
        // The paper's magnitude √(1 + ln(context/original) / ln(original)) is stored; without the key GGUF means 1.
        Rope scaled = plain.withMagnitude(w.real("rope.scaling.attn_factor", 1f));
        return scaled.dividedBy(floats(w, "rope_factors_short.weight", pairs))
                .above(original, scaled.dividedBy(floats(w, "rope_factors_long.weight", pairs)));
    }

    private static float[] floats(Weights w, String tensor, int n) throws FormatException {
        Matrix m = w.vector(tensor, n);
        return m.toArray(0);
    }
}
