package dev.keiryo.quantize;

import java.util.Arrays;

/**
 * Finds, for each lane, the scale a (and the minimum b) that make Σw·(x - (a·t - b))² least, where t is the grid's number
 * nearest to (x + b)/a. The error has many local minima in a: so several a are tried, each the start of one least-squares fit
 * with its own t held; then the best is fitted again with the t that it gives. Where weights are all of the same importance, few
 * a come close to the best of many; where they are not, more have to be tried.
 */
final class ScaleSearch {
    /**
     * How much is tried.
     *
     * @param tries numbers of the grid that the largest weight is tried to become lie up to so many steps from its end, each way
     * @param step how far apart they are, 1 being the distance of two numbers of the grid
     * @param fits of the best one
     */
    private record Effort(int tries, double step, int fits) {
        static final Effort ALIKE = new Effort(2, 0.3, 1);
        static final Effort WEIGHED = new Effort(6, 0.16, 2);
    }

    /** Where the variance of t is less than this part of its mean square, all t are one, and only rounding errors are seen. */
    private static final double FLAT = 1e-6;

    /** Smaller weights are 0: no scale that float16 holds would say anything else of them. */
    private static final float LEAST_PEAK = 1e-30f;

    private final Lanes lanes;
    private final Grid grid;
    private final float[] inverse = new float[Lanes.COUNT];
    private final float[] shift = new float[Lanes.COUNT];
    private final float[] least = new float[Lanes.COUNT];
    private final float[] most = new float[Lanes.COUNT];
    /** 1 over the lane's largest weight, or over the distance of the least and the greatest. */
    private final float[] unit = new float[Lanes.COUNT];

    private final double[] best = new double[Lanes.COUNT];
    private final float[] gain = new float[Lanes.COUNT];

    /** Of each lane: a and b. */
    final float[] scale = new float[Lanes.COUNT];

    final float[] minimum = new float[Lanes.COUNT];

    ScaleSearch(Lanes lanes, Grid grid) {
        this.lanes = lanes;
        this.grid = grid;
    }

    /** Scales alone, of either sign; minima are 0. */
    void scales() {
        begin();
        Arrays.fill(shift, 0);
        for (int l = 0; l < Lanes.COUNT; l++) {
            float peak = -least[l] > most[l] ? least[l] : most[l];
            unit[l] = Math.abs(peak) < LEAST_PEAK ? 0 : 1 / peak;
        }
        Effort effort = effort();
        lanes.tryAll(ends(effort), unit, shift, gain, scale);
        for (int k = 0; k < effort.fits; k++) {
            invert();
            tryScales();
        }
    }

    /** What the largest weight is tried to become. */
    private float[] ends(Effort effort) {
        // Levels of a wide grid are as many steps of it apart as a uniform grid's are of 1.
        double step = effort.step * Math.max(1, (grid.most() - grid.least()) / 32);
        float[] least = around(grid.least(), effort.tries, step);
        float[] most = around(grid.most(), effort.tries, step);
        float[] both = Arrays.copyOf(least, least.length + most.length);
        System.arraycopy(most, 0, both, least.length, most.length);
        return both;
    }

    private static float[] around(double end, int tries, double step) {
        float[] numbers = new float[2 * tries + 1];
        for (int k = -tries; k <= tries; k++) {
            numbers[k + tries] = (float) (end + k * step);
        }
        return numbers;
    }

    private void tryScales() {
        lanes.measure(inverse, shift);
        lanes.takeBetter(gain, scale);
    }

    /**
     * Scales, not negative, and minima.
     *
     * @param lowest the least that b may be: 0, or -∞
     */
    void scalesAndMinima(double lowest) {
        begin();
        boolean free = lanes.alike && lowest == Double.NEGATIVE_INFINITY;
        Effort effort = effort();
        for (int l = 0; l < Lanes.COUNT; l++) {
            if (lowest == 0) {
                least[l] = Math.min(0, least[l]);
                most[l] = Math.max(0, most[l]);
            }
            shift[l] = -least[l];
            float span = most[l] - least[l];
            unit[l] = span < LEAST_PEAK ? 0 : 1 / span;
            if (free) {
                minimum[l] = -lanes.linear[l] / lanes.size;
            } else if (l < lanes.count) {
                keep(l, 0, shift[l]);
            }
        }
        float[] numbers = around(grid.most(), effort.tries, effort.step);
        if (free) {
            lanes.tryAll(numbers, unit, shift, gain, scale, minimum);
        } else {
            for (float to : numbers) {
                Lanes.multiply(to, unit, inverse);
                tryScalesAndMinima(lowest, false);
            }
        }
        for (int k = 0; k < effort.fits; k++) {
            System.arraycopy(minimum, 0, shift, 0, Lanes.COUNT);
            invert();
            tryScalesAndMinima(lowest, free);
        }
    }

    private void tryScalesAndMinima(double lowest, boolean free) {
        lanes.measure(inverse, shift);
        if (free) {
            lanes.takeBetter(gain, scale, minimum);
            return;
        }
        for (int l = 0; l < lanes.count; l++) {
            double w = lanes.weight[l];
            double t = lanes.t[l];
            double tt = lanes.tt[l];
            double x = lanes.linear[l];
            double xt = lanes.xt[l];
            double determinant = w * tt - t * t;
            boolean spread = determinant > FLAT * w * tt;
            double a = spread ? (w * xt - x * t) / determinant : 0;
            double b = spread ? (t * xt - tt * x) / determinant : shift[l];
            if (!spread || b < lowest) {
                b = Math.max(lowest, Math.min(b, 0));
                a = tt > 0 ? (xt + b * t) / tt : 0;
            }
            if (a > 0) {
                keep(l, a, b);
            }
        }
    }

    private Effort effort() {
        return lanes.alike ? Effort.ALIKE : Effort.WEIGHED;
    }

    private void begin() {
        lanes.range(least, most);
        Arrays.fill(scale, 0);
        Arrays.fill(minimum, 0);
        Arrays.fill(gain, 0);
        for (int l = 0; l < Lanes.COUNT; l++) {
            best[l] = lanes.square[l];
        }
    }

    private void keep(int lane, double a, double b) {
        double error = lanes.error(lane, a, b);
        if (error < best[lane]) {
            best[lane] = error;
            scale[lane] = (float) a;
            minimum[lane] = (float) b;
        }
    }

    private void invert() {
        for (int l = 0; l < Lanes.COUNT; l++) {
            inverse[l] = inverse(scale[l]);
        }
    }

    /** {@code 1/a}, or 0 where that is no number that can be computed with. */
    static float inverse(float a) {
        return a == 0 ? 0 : finite(1.0 / a);
    }

    private static float finite(double v) {
        return Math.abs(v) <= Float.MAX_VALUE ? (float) v : 0;
    }
}
