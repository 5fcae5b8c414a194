package dev.keiryo.measure;

/**
 * How far a model's predictions are from a reference's on the same tokens.
 *
 * @param reference the reference's perplexity
 * @param logRatio {@code log(PPL / PPL_ref)}, with the error of paired samples
 * @param delta {@code PPL - PPL_ref}
 * @param kl mean of {@code Σ p_ref log(p_ref / p)} over tokens, in nats
 * @param klQuantiles of that
 * @param agreement share of tokens for which both hold the same token most probable
 * @param meanError mean of {@code p(token) - p_ref(token)}
 * @param rmsError root of the mean of its square
 * @param maxError greatest magnitude
 */
public record Divergence(
        Perplexity reference,
        Estimate logRatio,
        Estimate delta,
        Estimate kl,
        Quantiles klQuantiles,
        Estimate agreement,
        Estimate meanError,
        Estimate rmsError,
        double maxError) {}
