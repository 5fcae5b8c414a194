package dev.keiryo.generate;

import java.util.List;

/**
 * How probable the model found a token, before any sampler.
 *
 * @param id the token
 * @param logProbability {@code log softmax(logits)[id]}, in nats
 * @param top the most probable tokens in its place, descending; {@code id} need not be among them
 */
public record TokenScore(int id, double logProbability, List<Alternative> top) {
    /**
     * A token that could have come.
     *
     * @param id the token
     * @param logProbability in nats
     */
    public record Alternative(int id, double logProbability) {}

    public TokenScore {
        top = List.copyOf(top);
    }
}
