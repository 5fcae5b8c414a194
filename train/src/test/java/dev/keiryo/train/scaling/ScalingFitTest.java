package dev.keiryo.train.scaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Fits to points that a known law gave. */
class ScalingFitTest {
    private static List<ScalingPoint> points(ScalingLaw law, double[] sizes, double[] tokens, double noise, long seed) {
        Random random = new Random(seed);
        List<ScalingPoint> points = new ArrayList<>();
        for (double n : sizes) {
            for (double d : tokens) {
                points.add(new ScalingPoint(n, d, law.loss(n, d) * Math.exp(noise * random.nextGaussian())));
            }
        }
        return points;
    }

    private static final double[] LARGE = {70_000_000L, 200_000_000L, 700_000_000L, 2_000_000_000L, 7_000_000_000L};
    private static final double[] LONG = {2_000_000_000L, 8_000_000_000L, 30_000_000_000L, 120_000_000_000L};

    @Test
    void findsChinchillasConstants() {
        ScalingLaw law = ScalingFit.of(points(ScalingLaw.CHINCHILLA, LARGE, LONG, 0, 1), 0, new Random(1))
                .law();
        assertEquals(1.69, law.irreducible(), 1e-3);
        assertEquals(0.34, law.sizeExponent(), 1e-3);
        assertEquals(0.28, law.dataExponent(), 1e-3);
        assertEquals(1, law.sizeFactor() / 406.4, 0.01);
        assertEquals(1, law.dataFactor() / 410.7, 0.01);
    }

    @Test
    void findsTheConstantsOfSmallModels() {
        ScalingLaw truth = new ScalingLaw(1.2, 60, 300, 0.42, 0.5);
        double[] sizes = {50_000, 120_000, 300_000, 800_000};
        double[] tokens = {200_000, 500_000, 1_000_000};
        ScalingLaw law = ScalingFit.of(points(truth, sizes, tokens, 0, 1), 0, new Random(1))
                .law();
        assertEquals(1.2, law.irreducible(), 1e-3);
        assertEquals(0.42, law.sizeExponent(), 1e-3);
        assertEquals(0.5, law.dataExponent(), 1e-3);
        assertEquals(truth.loss(2e6, 2e6), law.loss(2e6, 2e6), 1e-4);
    }

    /** Of noisy points, the interval of 95 % holds the truth in most of twelve cases, and what is predicted lies near. */
    @Test
    void intervalsHoldTheTruth() {
        ScalingLaw truth = ScalingLaw.CHINCHILLA;
        int held = 0;
        for (int seed = 0; seed < 12; seed++) {
            ScalingFit fit = ScalingFit.of(points(truth, LARGE, LONG, 0.002, seed), 60, new Random(seed));
            ScalingFit.Interval interval = fit.interval(ScalingLaw::sizeExponent);
            assertTrue(interval.low() < interval.high());
            held += interval.low() <= 0.34 && 0.34 <= interval.high() ? 1 : 0;
            assertEquals(1, fit.law().loss(2e10, 3e11) / truth.loss(2e10, 3e11), 0.01);
        }
        assertTrue(held >= 8, held + " of 12");
    }

    /** One loss that is far off moves Huber's fit little. */
    @Test
    void survivesAnOutlier() {
        List<ScalingPoint> points = points(ScalingLaw.CHINCHILLA, LARGE, LONG, 0, 1);
        ScalingPoint p = points.get(7);
        points.set(7, new ScalingPoint(p.parameters(), p.tokens(), 1.3 * p.loss()));
        ScalingLaw law = ScalingFit.of(points, 0, new Random(1)).law();
        assertEquals(0.34, law.sizeExponent(), 0.01);
        assertEquals(0.28, law.dataExponent(), 0.01);
    }

    /** The paper's table 2: N grows by the power 0.46 of the budget, D by 0.54; its constants are rounded. */
    @Test
    void optimumIsTheLeastLossOfTheBudget() {
        for (double flops : new double[] {1e15, 1e18, 5.76e23}) {
            ScalingLaw.Optimum best = ScalingLaw.CHINCHILLA.optimum(flops);
            assertEquals(flops, 6 * best.parameters() * best.tokens(), 1e-6 * flops);
            double least = Double.MAX_VALUE;
            double at = 0;
            for (double n = best.parameters() / 10; n < best.parameters() * 10; n *= 1.0005) {
                double loss = ScalingLaw.CHINCHILLA.loss(n, flops / 6 / n);
                at = loss < least ? n : at;
                least = Math.min(least, loss);
            }
            assertEquals(1, at / best.parameters(), 0.002);
            assertEquals(least, best.loss(), 1e-7);
        }
        double growth = Math.log10(ScalingLaw.CHINCHILLA.optimum(1e22).parameters()
                / ScalingLaw.CHINCHILLA.optimum(1e21).parameters());
        assertEquals(0.46, growth, 0.01);
    }

    @Test
    void saysWhatIsMissing() {
        double[] one = {1000};
        List<ScalingPoint> few = points(ScalingLaw.CHINCHILLA, one, LONG, 0, 1);
        assertThrows(IllegalArgumentException.class, () -> ScalingFit.of(few, 0, new Random(1)));
        assertThrows(IllegalArgumentException.class, () -> ScalingLaw.CHINCHILLA.optimum(-1));
        assertThrows(IllegalArgumentException.class, () -> new ScalingPoint(1, 1, Double.NaN));
    }
}
