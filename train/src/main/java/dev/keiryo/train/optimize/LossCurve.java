package dev.keiryo.train.optimize;

import java.util.List;

/**
 * The loss at growing learning rates, as {@link LearningRateFinder} found it.
 *
 * @param points at least one
 * @param diverged whether the loss got out of hand at the last point
 */
public record LossCurve(List<Point> points, boolean diverged) {
    /**
     * A step.
     *
     * @param smoothed the average of the losses up to here, later ones counting more
     */
    public record Point(double learningRate, double loss, double smoothed) {}

    public LossCurve {
        points = List.copyOf(points);
        if (points.isEmpty()) {
            throw new IllegalArgumentException("a curve has at least one point");
        }
    }

    /** The rate where the smoothed loss, over the logarithm of the rate, falls fastest; the first where it never falls. */
    public double steepest() {
        double most = 0;
        double rate = points.getFirst().learningRate();
        for (int i = 1; i + 1 < points.size(); i++) {
            Point before = points.get(i - 1);
            Point after = points.get(i + 1);
            double slope =
                    (after.smoothed() - before.smoothed()) / Math.log(after.learningRate() / before.learningRate());
            if (slope < most) {
                most = slope;
                rate = points.get(i).learningRate();
            }
        }
        return rate;
    }

    /** A tenth of the rate at the last point, where the loss diverged, or where the test ended without. */
    public double tenthOfLast() {
        return points.getLast().learningRate() / 10;
    }

    /** A peak learning rate to train with: the smaller of the two. */
    public double suggestion() {
        return Math.min(steepest(), tenthOfLast());
    }
}
