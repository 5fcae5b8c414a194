package dev.keiryo.model;

import dev.keiryo.FormatException;

/**
 * How a mixture of experts picks experts for a token and weighs them.
 *
 * @param topK experts per token
 * @param normalize false: softmax over all experts, the k greatest probabilities as they are (Qwen2-MoE, OLMoE); true:
 *     those scaled to sum to 1 (Qwen3-MoE), which is the same as softmax over the k greatest logits (Mixtral)
 * @param scale factor on the weights, 1 for none
 */
public record Routing(int topK, boolean normalize, float scale) {
    /** GGUF's number of the softmax among gating functions. */
    private static final int SOFTMAX = 1;

    public Routing {
        if (topK <= 0) {
            throw new IllegalArgumentException("top-k of experts is " + topK);
        }
    }

    /**
     * As a model's keys say: {@code expert_used_count}, {@code expert_weights_norm}, {@code expert_weights_scale}.
     *
     * @param normalize the architecture's custom where the key is missing
     */
    static Routing read(Weights w, boolean normalize) throws FormatException {
        int topK = w.count("expert_used_count");
        int experts = w.count("expert_count");
        int gating = w.integer("expert_gating_func", SOFTMAX);
        if (topK > experts || gating != SOFTMAX) {
            throw new FormatException(
                    w.checkpoint().source(),
                    "routing to " + topK + " of " + experts + " experts by gating function " + gating
                            + " is unknown; at most all of them by softmax (" + SOFTMAX + ") is known");
        }
        float scale = w.real("expert_weights_scale", 1f);
        return new Routing(topK, w.bool("expert_weights_norm", normalize), scale == 0 ? 1 : scale);
    }
}
