package dev.keiryo.train.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A scaling law fitted to points: the least {@code Σ huber(log L̂(N_i, D_i) - log L_i)}, δ = 10⁻³, over {@code log A}, {@code log B},
 * {@code log E}, α and β, from many starts. Hoffmann et al. 2022, arXiv:2203.15556, appendix D.3.
 *
 * @param law the fit
 * @param resampled laws fitted to points drawn anew from the points, with replacement: the bootstrap
 */
public record ScalingFit(ScalingLaw law, List<ScalingLaw> resampled) {
    private static final double DELTA = 1e-3;
    /** Of the starts, so many of the best ends are starts of fits to resampled points. */
    private static final int GOOD_STARTS = 6;

    public ScalingFit {
        resampled = List.copyOf(resampled);
    }

    /** A quantity's middle 95 % over resampled points. */
    public record Interval(double low, double high) {}

    /** Reads something off a law. */
    public interface Quantity {
        double of(ScalingLaw law);
    }

    public Interval interval(Quantity quantity) {
        double[] all = resampled.stream().mapToDouble(quantity::of).sorted().toArray();
        if (all.length == 0) {
            double value = quantity.of(law);
            return new Interval(value, value);
        }
        int cut = (int) (0.025 * all.length);
        return new Interval(all[cut], all[all.length - 1 - cut]);
    }

    /**
     * @param bootstrap how many times points are drawn anew
     * @throws IllegalArgumentException where there are fewer than five points, fewer than two sizes, or fewer than two numbers of tokens
     */
    public static ScalingFit of(List<ScalingPoint> points, int bootstrap, RandomGenerator random) {
        long sizes =
                points.stream().mapToDouble(ScalingPoint::parameters).distinct().count();
        long lengths =
                points.stream().mapToDouble(ScalingPoint::tokens).distinct().count();
        if (points.size() < 5 || sizes < 2 || lengths < 2) {
            throw new IllegalArgumentException("five numbers cannot be told from " + points.size() + " points of "
                    + sizes + " sizes and " + lengths
                    + " numbers of tokens; it takes five points, two sizes, two numbers of tokens");
        }
        List<QuasiNewton.Minimum> ends = new ArrayList<>();
        for (double[] start : starts(points)) {
            ends.add(QuasiNewton.from(start, (x, g) -> error(points, x, g)));
        }
        ends.removeIf(m -> !isLaw(m.x()));
        if (ends.isEmpty()) {
            throw new IllegalArgumentException(
                    "no law fits these points: their losses should fall with size and with tokens");
        }
        ends.sort(Comparator.comparingDouble(QuasiNewton.Minimum::value));
        List<double[]> good =
                ends.stream().limit(GOOD_STARTS).map(QuasiNewton.Minimum::x).toList();
        List<ScalingLaw> resampled = new ArrayList<>();
        for (int i = 0; i < bootstrap; i++) {
            List<ScalingPoint> drawn = new ArrayList<>();
            points.forEach(any -> drawn.add(points.get(random.nextInt(points.size()))));
            good.stream()
                    .map(start -> QuasiNewton.from(start, (x, g) -> error(drawn, x, g)))
                    .filter(m -> isLaw(m.x()))
                    .min(Comparator.comparingDouble(QuasiNewton.Minimum::value))
                    .ifPresent(m -> resampled.add(law(m.x())));
        }
        return new ScalingFit(law(ends.getFirst().x()), resampled);
    }

    /** Exponents of 0.1 to 1.1; E up to the least loss; A and B such that both terms are worth something in the middle of the points. */
    private static List<double[]> starts(List<ScalingPoint> points) {
        double n = points.stream()
                .mapToDouble(p -> Math.log(p.parameters()))
                .average()
                .orElseThrow();
        double d =
                points.stream().mapToDouble(p -> Math.log(p.tokens())).average().orElseThrow();
        double least = points.stream().mapToDouble(ScalingPoint::loss).min().orElseThrow();
        List<double[]> starts = new ArrayList<>();
        for (double alpha : new double[] {0.1, 0.35, 0.6, 1.1}) {
            for (double beta : new double[] {0.1, 0.35, 0.6, 1.1}) {
                for (double share : new double[] {0.2, 0.5, 0.8, 0.95}) {
                    for (double size : new double[] {0.03, 0.2, 0.6}) {
                        for (double data : new double[] {0.03, 0.2, 0.6}) {
                            starts.add(new double[] {
                                Math.log(size * least) + alpha * n,
                                Math.log(data * least) + beta * d,
                                Math.log(share * least),
                                alpha,
                                beta
                            });
                        }
                    }
                }
            }
        }
        return starts;
    }

    private static boolean isLaw(double[] x) {
        return Arrays.stream(x).allMatch(Double::isFinite) && x[3] > 1e-3 && x[4] > 1e-3 && x[0] < 300 && x[1] < 300;
    }

    private static ScalingLaw law(double[] x) {
        return new ScalingLaw(Math.exp(x[2]), Math.exp(x[0]), Math.exp(x[1]), x[3], x[4]);
    }

    /** The mean error, in units of δ²: x is log A, log B, log E, α, β. */
    private static double error(List<ScalingPoint> points, double[] x, double[] gradient) {
        Arrays.fill(gradient, 0);
        double sum = 0;
        double scale = 1 / (DELTA * DELTA * points.size());
        for (ScalingPoint p : points) {
            double n = Math.log(p.parameters());
            double d = Math.log(p.tokens());
            double ofSize = x[0] - x[3] * n;
            double ofData = x[1] - x[4] * d;
            double max = Math.max(x[2], Math.max(ofSize, ofData));
            double size = Math.exp(ofSize - max);
            double data = Math.exp(ofData - max);
            double rest = Math.exp(x[2] - max);
            double total = size + data + rest;
            double off = max + Math.log(total) - Math.log(p.loss());
            double near = Math.clamp(off, -DELTA, DELTA);
            sum += scale * near * (off - near / 2);
            double slope = scale * near / total;
            gradient[0] += slope * size;
            gradient[1] += slope * data;
            gradient[2] += slope * rest;
            gradient[3] -= slope * size * n;
            gradient[4] -= slope * data * d;
        }
        return sum;
    }
}
