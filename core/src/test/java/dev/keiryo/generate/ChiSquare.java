package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

/** Pearson's test of goodness of fit. */
final class ChiSquare {
    private ChiSquare() {}

    /**
     * Fails where the counts are so far from what was expected as they are once in a million times; outcomes that were
     * expected fewer than five times are taken together.
     */
    static void assertFits(double[] probabilities, int[] counts, int draws) {
        assertEquals(1, Arrays.stream(probabilities).sum(), 1e-6);
        assertEquals(draws, Arrays.stream(counts).sum(), "some outcome was not expected at all");
        double statistic = 0;
        int cells = 0;
        double rareExpected = 0;
        double rareSeen = 0;
        for (int i = 0; i < counts.length; i++) {
            double expected = probabilities[i] * draws;
            if (expected < 5) {
                rareExpected += expected;
                rareSeen += counts[i];
            } else {
                statistic += (counts[i] - expected) * (counts[i] - expected) / expected;
                cells++;
            }
        }
        if (rareExpected >= 1) {
            statistic += (rareSeen - rareExpected) * (rareSeen - rareExpected) / rareExpected;
            cells++;
        } else {
            assertTrue(rareSeen <= 12, rareSeen + " of outcomes that were expected " + rareExpected + " times");
        }
        int freedom = cells - 1;
        if (freedom == 0) {
            return;
        }
        // Wilson and Hilferty: the cube root of chi-square over its degrees of freedom is nearly normal.
        double spread = 2.0 / (9 * freedom);
        double z = (Math.cbrt(statistic / freedom) - 1 + spread) / Math.sqrt(spread);
        assertTrue(z < 4.75, "chi-square %.1f with %d degrees of freedom".formatted(statistic, freedom));
    }
}
