package dev.keiryo.train;

/**
 * What a step came to.
 *
 * @param step from 1
 * @param loss mean over the tokens that count, before the step, in nats
 * @param learningRate of the step
 * @param gradientNorm before clipping
 * @param tokens that were read
 * @param seconds that it took
 * @param imbalance of mixtures of experts: the largest share of tokens that an expert got, times the number of experts, mean of the
 *     layers; 0 where there are none
 */
public record StepFigures(
        long step,
        double loss,
        double learningRate,
        double gradientNorm,
        int tokens,
        double seconds,
        double imbalance) {
    /** Whether the weights were left as they were, as there was no loss, or the gradient was no number. */
    public boolean skipped() {
        return !Double.isFinite(loss) || !Double.isFinite(gradientNorm);
    }

    public double tokensPerSecond() {
        return tokens / seconds;
    }
}
