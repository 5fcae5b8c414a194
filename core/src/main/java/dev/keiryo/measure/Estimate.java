package dev.keiryo.measure;

/**
 * A figure with its standard error.
 *
 * @param error one standard deviation of {@code value} as an estimate; 0 where there are too few samples to tell
 */
public record Estimate(double value, double error) {
    /** {@code exp} of this, by first-order propagation: the error times the value. */
    Estimate exp() {
        double e = Math.exp(value);
        return new Estimate(e, e * error);
    }
}
