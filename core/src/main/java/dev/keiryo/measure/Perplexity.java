package dev.keiryo.measure;

/**
 * {@code exp(-mean log p(token | tokens before))}.
 *
 * @param tokens that counted
 * @param crossEntropy {@code -mean log p}, in nats
 */
public record Perplexity(long tokens, Estimate crossEntropy) {
    /** The perplexity, with its error {@code PPL·error(cross-entropy)}. */
    public Estimate estimate() {
        return crossEntropy.exp();
    }

    public double value() {
        return estimate().value();
    }
}
