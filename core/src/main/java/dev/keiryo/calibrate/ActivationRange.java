package dev.keiryo.calibrate;

import dev.keiryo.tensor.Matrix;
import java.util.Locale;

/**
 * How one scale d is found for inputs {@code x ≈ d·q}, q of 8 bits, whatever the token: {@code d = t/127}, where what is larger than t
 * becomes t.
 *
 * @param rule which t
 * @param percent of magnitudes that are t at most, for {@link Rule#PERCENTILE}; else 100
 */
public record ActivationRange(Rule rule, double percent) {
    /** The largest magnitude. */
    public static final ActivationRange MAX = new ActivationRange(Rule.MAX, 100);

    /** The least squared error. */
    public static final ActivationRange MSE = new ActivationRange(Rule.MSE, 100);

    /** Which t. */
    public enum Rule {
        /** {@code max|x|}: nothing is cut off. */
        MAX,
        /** So that a given share of magnitudes is not cut off. */
        PERCENTILE,
        /** The least {@code Σ(x - d·q)²}, of {@code max|x|·2^(-k/16)}, k from 0 to 128. */
        MSE
    }

    private static final int BINS = 1 << 16;
    private static final int STEPS = 128;

    public ActivationRange {
        if (!(percent > 50 && percent <= 100) || (rule != Rule.PERCENTILE && percent != 100)) {
            throw new IllegalArgumentException("a percentile should be above 50 and at most 100, but is " + percent);
        }
    }

    /** {@code max}, {@code mse}, or a percentile such as {@code 99.99}. */
    public static ActivationRange parse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "max" -> MAX;
            case "mse" -> MSE;
            default -> {
                try {
                    yield new ActivationRange(Rule.PERCENTILE, Double.parseDouble(text));
                } catch (NumberFormatException e) {
                    throw new IllegalArgumentException(
                            "a range should be max, mse or a percentile such as 99.99, but is " + text, e);
                }
            }
        };
    }

    /**
     * d of inputs {@code x [tokens, columns]}; 1 where they are all 0. Percentiles and squared errors are found from a histogram of {@value #BINS}
     * bins.
     *
     * @throws IllegalArgumentException where x is not finite
     */
    public float scale(Matrix x) {
        float most = 0;
        for (int r = 0; r < x.rows(); r++) {
            for (float v : x.toArray(r)) {
                most = Math.max(most, Math.abs(v));
            }
        }
        if (!(most < Float.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("inputs of layers are not finite on this text");
        }
        if (most == 0) {
            return 1;
        }
        float d = (float) (switch (rule) {
                    case MAX -> most;
                    case PERCENTILE -> percentile(histogram(x, most), most);
                    case MSE -> leastError(histogram(x, most), most);
                }
                / 127);
        return Math.max(d, Float.MIN_NORMAL);
    }

    /** Bin i counts magnitudes around {@code (i + ½)·most/BINS}. */
    private static long[] histogram(Matrix x, double most) {
        long[] counts = new long[BINS];
        double bins = BINS / most;
        for (int r = 0; r < x.rows(); r++) {
            for (float v : x.toArray(r)) {
                counts[Math.min(BINS - 1, (int) (Math.abs(v) * bins))]++;
            }
        }
        return counts;
    }

    private double percentile(long[] counts, double most) {
        long all = 0;
        for (long c : counts) {
            all += c;
        }
        long below = 0;
        for (int i = 0; i < BINS; i++) {
            below += counts[i];
            if (below >= percent / 100 * all) {
                return most * (i + 1) / BINS;
            }
        }
        return most;
    }

    private static double leastError(long[] counts, double most) {
        double best = most;
        double least = Double.POSITIVE_INFINITY;
        for (int k = 0; k <= STEPS; k++) {
            double t = most * Math.pow(2, -k / 16.0);
            double error = error(counts, most, t / 127, least);
            if (error < least) {
                least = error;
                best = t;
            }
        }
        return best;
    }

    /** Given up where it exceeds {@code bound}. */
    private static double error(long[] counts, double most, double d, double bound) {
        double sum = 0;
        for (int i = BINS - 1; i >= 0 && sum < bound; i--) {
            if (counts[i] > 0) {
                double v = most * (i + 0.5) / BINS;
                double e = v - d * Math.min(127, Math.rint(v / d));
                sum += counts[i] * e * e;
            }
        }
        return sum;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return rule == Rule.PERCENTILE ? Double.toString(percent) : rule.name().toLowerCase(Locale.ROOT);
    }
}
