package dev.keiryo.measure;

/** Sums of samples, for means and their errors; of pairs {@code (x, y)}, for what two figures have in common. */
final class Moments {
    private long count;
    private double x;
    private double xx;
    private double y;
    private double yy;
    private double xy;

    void add(double a, double b) {
        count++;
        x += a;
        xx += a * a;
        y += b;
        yy += b * b;
        xy += a * b;
    }

    /** A sample of x alone. */
    void add(double a) {
        add(a, 0);
    }

    long count() {
        return count;
    }

    /** {@code mean(x) ± √(var(x)/(n-1))}. */
    Estimate x() {
        return mean(x, xx);
    }

    Estimate y() {
        return mean(y, yy);
    }

    private Estimate mean(double sum, double squares) {
        if (count == 0) {
            throw new IllegalStateException("a mean of nothing");
        }
        double mean = sum / count;
        double variance = squares / count - mean * mean;
        return new Estimate(mean, count > 1 && variance > 0 ? Math.sqrt(variance / (count - 1)) : 0);
    }

    /** The covariance of both means. */
    double covariance() {
        return count > 1 ? (xy / count - x / count * (y / count)) / (count - 1) : 0;
    }

    /** {@code mean(x) - mean(y)}, whose error is small where both vary together. */
    Estimate difference() {
        Estimate a = x();
        Estimate b = y();
        double variance = a.error() * a.error() + b.error() * b.error() - 2 * covariance();
        return new Estimate(a.value() - b.value(), Math.sqrt(Math.max(0, variance)));
    }
}
