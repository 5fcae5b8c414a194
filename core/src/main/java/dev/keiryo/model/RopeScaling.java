package dev.keiryo.model;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.tensor.Matrix;

/** Reads a model's rotary embedding, whichever scaling it uses, from GGUF's {@code *.rope.*} keys and tensors. */
final class RopeScaling {
    private RopeScaling() {}

    /**
     * @param custom the architecture's pairing in GGUF files; a checkpoint that says its own overrules it
     * @param headDim numbers of a head
     */
    static Rope read(Weights w, RopeLayout custom, int headDim) throws FormatException {
        return read(w, custom, headDim, w.real("rope.freq_base", 10_000f));
    }

    /** As above, with another base than the model's main one (Gemma 3's local layers). */
    static Rope read(Weights w, RopeLayout custom, int headDim, double base) throws FormatException {
        RopeLayout stored = w.checkpoint().ropeLayout();
        int dims = w.count("rope.dimension_count", headDim);
        if (dims > headDim || dims % 2 != 0) {
            throw new FormatException(
                    w.checkpoint().source(), dims + " rotating dimensions do not fit heads of " + headDim);
        }
        Rope plain = Rope.plain(stored == null ? custom : stored, headDim, dims, base);
        return scaled(w, plain, base);
    }

    private static Rope scaled(Weights w, Rope plain, double base) throws FormatException {
        int pairs = plain.frequencies().length;
        if (w.has("rope_freqs.weight")) {
            return plain.dividedBy(floats(w, "rope_freqs.weight", pairs));
        }
        int original = w.count("rope.scaling.original_context_length", w.count("context_length"));
        float factor = w.real("rope.scaling.factor", w.real("rope.scale_linear", 1f));
        if (w.has("rope_factors_short.weight") && w.has("rope_factors_long.weight")) {
            float magnitude = w.real("rope.scaling.attn_factor", longropeMagnitude(w, original));
            Rope shortRope = plain.dividedBy(floats(w, "rope_factors_short.weight", pairs));
            Rope longRope = plain.dividedBy(floats(w, "rope_factors_long.weight", pairs));
            return new Rope(
                    plain.layout(),
                    plain.headDim(),
                    shortRope.frequencies(),
                    magnitude,
                    original,
                    new Rope(plain.layout(), plain.headDim(), longRope.frequencies(), magnitude));
        }
        String type = w.text("rope.scaling.type");
        if (type == null) {
            return factor == 1f ? plain : plain.linear(factor);
        }
        return switch (type) {
            case "none" -> plain;
            case "linear" -> plain.linear(factor);
            case "yarn" ->
                plain.yarn(
                        factor,
                        original,
                        base,
                        w.real("rope.scaling.yarn_beta_fast", 32f),
                        w.real("rope.scaling.yarn_beta_slow", 1f),
                        w.real("rope.scaling.attn_factor", 1f) * (float) (0.1 * Math.log(factor) + 1));
            default ->
                throw new FormatException(
                        w.checkpoint().source(),
                        "rope scaling type " + type + " is unknown; none, linear, yarn and longrope are known");
        };
    }

    /** {@code √(1 + ln(context/original) / ln(original))}: longrope's scaling of attention, arXiv:2402.13753. */
    private static float longropeMagnitude(Weights w, int original) throws FormatException {
        double ratio = (double) w.count("context_length") / original;
        return ratio <= 1 ? 1 : (float) Math.sqrt(1 + Math.log(ratio) / Math.log(original));
    }

    private static float[] floats(Weights w, String tensor, int n) throws FormatException {
        Matrix m = w.vector(tensor, n);
        return m.toArray(0);
    }
}
