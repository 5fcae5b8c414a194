package dev.keiryo.train.optimize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GradientNormTest {
    @Test
    void isTheSameInAnyNumberOfThreads() {
        try (TestWeights weights =
                        new TestWeights().add("a", 999, 101).add("b", 7).add("c", 1);
                Workers one = new Workers(1);
                Workers three = new Workers(3)) {
            Random random = new Random(5);
            weights.fillGradients(random::nextGaussian);
            double sum = 0;
            for (Matrix g : weights.gradients().values()) {
                for (long i = 0; i < (long) g.rows() * g.cols(); i++) {
                    double v = g.data().getAtIndex(Matrix.F32, i);
                    sum += v * v;
                }
            }
            GradientNorm norm = GradientNorm.of(weights.gradients(), 1, one);
            assertEquals(Math.sqrt(sum), norm.norm(), 1e-12 * Math.sqrt(sum));
            for (int i = 0; i < 20; i++) {
                assertEquals(norm, GradientNorm.of(weights.gradients(), 1, three));
            }
            assertEquals(
                    norm.norm() / 8,
                    GradientNorm.of(weights.gradients(), 0.125, one).norm(),
                    1e-12);
        }
    }

    @Test
    void largeIsFiniteAndNotANumberIsSaid() {
        try (TestWeights weights = new TestWeights().add("a", 9, 10);
                Workers workers = new Workers(1)) {
            weights.fillGradients(() -> 3e38);
            GradientNorm large = GradientNorm.of(weights.gradients(), 1, workers);
            assertEquals(3e38 * Math.sqrt(90), large.norm(), 1e33);
            Matrix a = weights.gradients().values().iterator().next();
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                a.put(8, 9, bad);
                GradientNorm norm = GradientNorm.of(weights.gradients(), 1, workers);
                assertFalse(norm.isFinite());
                assertThrows(IllegalStateException.class, () -> norm.factor(1));
            }
        }
    }

    @Test
    void clipsWhatIsAbove() {
        assertEquals(0.5, new GradientNorm(2).factor(1), 1e-6);
        assertEquals(1, new GradientNorm(0.5).factor(1));
        assertEquals(1, new GradientNorm(0).factor(1));
    }
}
