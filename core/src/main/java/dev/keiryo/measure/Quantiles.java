package dev.keiryo.measure;

import java.util.Arrays;

/** Where the values of a sample lie. Between two of them, interpolated. */
public record Quantiles(double min, double median, double p90, double p95, double p99, double p999, double max) {
    /** @param values not empty; sorted by this */
    static Quantiles of(float[] values) {
        Arrays.sort(values);
        return new Quantiles(
                values[0],
                at(values, 0.5),
                at(values, 0.9),
                at(values, 0.95),
                at(values, 0.99),
                at(values, 0.999),
                values[values.length - 1]);
    }

    private static double at(float[] sorted, double fraction) {
        double place = fraction * (sorted.length - 1);
        int below = (int) place;
        double part = place - below;
        return (1 - part) * sorted[below] + part * sorted[Math.min(below + 1, sorted.length - 1)];
    }
}
