package dev.keiryo.train.scaling;

/**
 * What a training came to.
 *
 * @param parameters N, all that are trained
 * @param tokens D, that were learned from
 * @param loss on validation texts, in nats a token
 */
public record ScalingPoint(double parameters, double tokens, double loss) {
    public ScalingPoint {
        if (!(parameters >= 1 && tokens >= 1 && loss > 0 && Double.isFinite(parameters + tokens + loss))) {
            throw new IllegalArgumentException("a point of a scaling law has positive numbers, not " + parameters
                    + " parameters, " + tokens + " tokens and a loss of " + loss);
        }
    }
}
