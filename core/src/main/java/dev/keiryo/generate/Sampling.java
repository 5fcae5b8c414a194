package dev.keiryo.generate;

/**
 * How the next token is drawn. The filters apply in the order of the parameters, then the temperature, then one draw.
 *
 * @param topK only the k most probable tokens; 0 for all
 * @param topP only the smallest set of most probable tokens whose probabilities sum to p; 1 for all. Holtzman et al. 2020,
 *     arXiv:1904.09751
 * @param minP only tokens at least p times as probable as the most probable one; 0 for all. Nguyen et al. 2024,
 *     arXiv:2407.01082
 * @param temperature divides the logits; 0 always takes the most probable token
 */
public record Sampling(int topK, float topP, float minP, float temperature) {
    /** Always the most probable token. */
    public static final Sampling GREEDY = new Sampling(0, 1, 0, 0);

    /** Temperature 0.8 over the 40 most probable, top-p 0.95, min-p 0.05. */
    public static final Sampling DEFAULT = new Sampling(40, 0.95f, 0.05f, 0.8f);

    public Sampling {
        if (topK < 0) {
            throw new IllegalArgumentException("top-k should be at least 0, but is " + topK);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("top-p should be above 0 and at most 1, but is " + topP);
        }
        if (!(minP >= 0 && minP < 1)) {
            throw new IllegalArgumentException("min-p should be at least 0 and below 1, but is " + minP);
        }
        if (!(temperature >= 0 && temperature < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the temperature should be at least 0, but is " + temperature);
        }
    }
}
