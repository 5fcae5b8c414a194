package dev.keiryo.train.scaling;

import java.util.Arrays;

/**
 * A minimum of a smooth function of few variables: BFGS, with steps halved until they lower the function enough (Armijo). Nocedal
 * and Wright 2006, algorithm 6.1.
 */
final class QuasiNewton {
    private static final int MOST_STEPS = 500;
    private static final int MOST_HALVINGS = 50;

    private QuasiNewton() {}

    /** A function and its gradient. */
    interface Function {
        /** @param gradient overwritten */
        double at(double[] x, double[] gradient);
    }

    /** Where it was found, and how deep it is. */
    record Minimum(double[] x, double value) {}

    static Minimum from(double[] start, Function f) {
        int n = start.length;
        double[] x = start.clone();
        double[] g = new double[n];
        double value = f.at(x, g);
        double[][] inverse = identity(n);
        for (int step = 0; step < MOST_STEPS; step++) {
            double[] direction = new double[n];
            double slope = 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    direction[i] -= inverse[i][j] * g[j];
                }
                slope += direction[i] * g[i];
            }
            if (!(slope < 0)) {
                inverse = identity(n);
                for (int i = 0; i < n; i++) {
                    direction[i] = -g[i];
                }
                slope = -dot(g, g);
                if (!(slope < 0)) {
                    break;
                }
            }
            double length = step == 0 ? Math.min(1, 1 / Math.sqrt(dot(g, g))) : 1;
            double[] next = new double[n];
            double[] nextGradient = new double[n];
            double nextValue = Double.NaN;
            int halvings = 0;
            for (; halvings < MOST_HALVINGS; halvings++, length /= 2) {
                for (int i = 0; i < n; i++) {
                    next[i] = x[i] + length * direction[i];
                }
                nextValue = f.at(next, nextGradient);
                if (nextValue <= value + 1e-4 * length * slope) {
                    break;
                }
            }
            if (halvings == MOST_HALVINGS) {
                break;
            }
            update(inverse, x, next, g, nextGradient);
            boolean ends = value - nextValue <= 1e-15 * Math.abs(value);
            x = next;
            g = nextGradient;
            value = nextValue;
            if (ends) {
                break;
            }
        }
        return new Minimum(x, value);
    }

    private static double[][] identity(int n) {
        double[][] m = new double[n][n];
        for (int i = 0; i < n; i++) {
            m[i][i] = 1;
        }
        return m;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** {@code H = (I - ρsyᵀ)H(I - ρysᵀ) + ρssᵀ}. */
    private static void update(double[][] h, double[] x, double[] next, double[] g, double[] nextGradient) {
        int n = x.length;
        double[] s = new double[n];
        double[] y = new double[n];
        Arrays.setAll(s, i -> next[i] - x[i]);
        Arrays.setAll(y, i -> nextGradient[i] - g[i]);
        double curvature = dot(s, y);
        if (!(curvature > 1e-14 * Math.sqrt(dot(s, s) * dot(y, y)))) {
            return;
        }
        double[] hy = new double[n];
        for (int i = 0; i < n; i++) {
            hy[i] = dot(h[i], y);
        }
        double factor = (1 + dot(y, hy) / curvature) / curvature;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                h[i][j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / curvature;
            }
        }
    }
}
