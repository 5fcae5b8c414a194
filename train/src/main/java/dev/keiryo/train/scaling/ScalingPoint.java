package dev.keiryo.train.scaling;

/**
 * What a training came to.
 *
 * @param parameters N, all that are trained
 * @param tokens D, that were learned from
 * @param loss on validation texts, in nats a token
 */
public record ScalingPoint(long parameters, long tokens, double loss) {
    public ScalingPoint {
        if (parameters < 1 || tokens < 1 || !(loss > 0 && Double.isFinite(loss))) {
            throw new IllegalArgumentException("a point of a scaling law has positive numbers, not " + parameters
                    + " parameters, " + tokens + " tokens and a loss of " + loss);
        }
    }
}
