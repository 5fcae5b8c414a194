package dev.keiryo.model;

/**
 * How a mixture of experts picks experts for a token and weighs them.
 *
 * @param topK experts per token
 * @param softmaxFirst true: probabilities over all experts, the k greatest taken (Qwen-MoE, OLMoE); false: the k
 *     greatest logits taken, probabilities over those (Mixtral)
 * @param normalize with {@code softmaxFirst}: whether the k probabilities are scaled to sum to 1
 * @param scale factor on the weights, 1 for none
 */
public record Routing(int topK, boolean softmaxFirst, boolean normalize, float scale) {
    public Routing {
        if (topK <= 0) {
            throw new IllegalArgumentException("top-k of experts is " + topK);
        }
    }
}
