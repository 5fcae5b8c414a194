package dev.keiryo.train;

import org.jspecify.annotations.Nullable;

/**
 * What a step came to.
 *
 * @param step from 1
 * @param loss mean over the tokens that count, before the step, in nats
 * @param learningRate of the step
 * @param gradientNorm before clipping
 * @param tokens that were read
 * @param seconds that it took
 * @param experts how mixtures of experts were used; null where there are none
 */
public record StepFigures(
        long step,
        double loss,
        double learningRate,
        double gradientNorm,
        int tokens,
        double seconds,
        @Nullable ExpertFigures experts) {
    /** Whether the weights were left as they were, as there was no loss, or the gradient was no number. */
    public boolean skipped() {
        return !Double.isFinite(loss) || !Double.isFinite(gradientNorm);
    }

    public double tokensPerSecond() {
        return tokens / seconds;
    }
}
