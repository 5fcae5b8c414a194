package dev.keiryo.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RankCorrelationTest {
    @Test
    void orders() {
        double[] up = {1, 2, 3, 4, 5};
        double[] down = {50, 40, 3, 2, 1};
        assertEquals(1, RankCorrelation.spearman(up, new double[] {0, 1, 10, 100, 1000}), 1e-12);
        assertEquals(1, RankCorrelation.kendall(up, new double[] {0, 1, 10, 100, 1000}), 1e-12);
        assertEquals(-1, RankCorrelation.spearman(up, down), 1e-12);
        assertEquals(-1, RankCorrelation.kendall(up, down), 1e-12);
        assertTrue(Double.isNaN(RankCorrelation.kendall(up, new double[5])));
    }

    /** By their definitions, pair by pair and with ranks counted, also where there are ties. */
    @Test
    void definitions() {
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 100; round++) {
            int n = random.nextInt(3, 60);
            int values = round % 2 == 0 ? 6 : 1_000_000;
            double[] a = random.ints(n, 0, values).asDoubleStream().toArray();
            double[] b = random.ints(n, 0, values).asDoubleStream().toArray();
            double agreeing = 0;
            double inA = 0;
            double inB = 0;
            double[] rankA = new double[n];
            double[] rankB = new double[n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double x = Math.signum(a[i] - a[j]);
                    double y = Math.signum(b[i] - b[j]);
                    agreeing += x * y;
                    inA += x * x;
                    inB += y * y;
                    rankA[i] += x;
                    rankB[i] += y;
                }
            }
            assertEquals(agreeing / Math.sqrt(inA * inB), RankCorrelation.kendall(a, b), 1e-12);
            double xy = 0;
            double xx = 0;
            double yy = 0;
            for (int i = 0; i < n; i++) {
                xy += rankA[i] * rankB[i];
                xx += rankA[i] * rankA[i];
                yy += rankB[i] * rankB[i];
            }
            assertEquals(xy / Math.sqrt(xx * yy), RankCorrelation.spearman(a, b), 1e-12);
        }
    }
}
