package dev.keiryo.train.optimize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LearningRateFinderTest {
    /** {@code Σ w²/2 + 1}: plain descent diverges above a rate of 2. */
    private static double loss(TestWeights weights) {
        double loss = 1;
        for (Weight w : weights.all()) {
            MemorySegment g = weights.gradients()
                    .getOrDefault(w.name(), new Matrix(w.data(), 1, 1))
                    .data();
            for (int i = 0; i < w.count(); i++) {
                float x = w.data().getAtIndex(Matrix.F32, i);
                loss += x * x / 2;
                g.setAtIndex(Matrix.F32, i, x);
            }
        }
        return loss;
    }

    @Test
    void stopsWhereTheLossDivergesAndPutsAllBack() {
        try (TestWeights weights = new TestWeights().add("blk.0.ffn_up.weight", 8, 8);
                Workers workers = new Workers(1);
                Optimizer optimizer = weights.optimizer("sgd:momentum=0.1", 0, workers)) {
            Random random = new Random(9);
            weights.fill(random::nextGaussian);
            loss(weights);
            optimizer.step(weights.gradients(), 0.01, 1);
            float[] before = weights.values();
            byte[] state =
                    optimizer.state().values().iterator().next().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            LossCurve curve = new LearningRateFinder(1e-4, 1000, 120, 0.5, 1.5).run(optimizer, rate -> {
                double loss = loss(weights);
                optimizer.step(weights.gradients(), rate, 1);
                return loss;
            });
            assertTrue(curve.diverged());
            assertTrue(curve.points().size() < 120);
            double last = curve.points().getLast().learningRate();
            assertTrue(last > 2 && last < 30, "diverged at " + last);
            assertTrue(curve.steepest() > 0.005 && curve.steepest() < 2, "steepest at " + curve.steepest());
            assertEquals(Math.min(curve.steepest(), last / 10), curve.suggestion());
            assertArrayEquals(before, weights.values());
            assertArrayEquals(
                    state,
                    optimizer.state().values().iterator().next().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
            assertEquals(1, optimizer.steps());
        }
    }

    @Test
    void aStepThatFailsPutsAllBack() {
        try (TestWeights weights = new TestWeights().add("a", 8, 8);
                Workers workers = new Workers(1);
                Optimizer optimizer = weights.optimizer("adamw", 0, workers)) {
            weights.fillGradients(() -> 1);
            assertThrows(
                    java.io.IOException.class,
                    () -> LearningRateFinder.USUAL.<java.io.IOException>run(optimizer, rate -> {
                        optimizer.step(weights.gradients(), rate, 1);
                        if (optimizer.steps() == 5) {
                            throw new java.io.IOException("no data");
                        }
                        return 1;
                    }));
            assertEquals(0, optimizer.steps());
            assertArrayEquals(new float[64], weights.values());
        }
    }

    @Test
    void notANumberEndsIt() {
        try (TestWeights weights = new TestWeights().add("a", 2, 2);
                Workers workers = new Workers(1);
                Optimizer optimizer = weights.optimizer("adamw", 0, workers)) {
            LossCurve curve =
                    new LearningRateFinder(0.001, 1, 4, 0, 2).run(optimizer, rate -> rate > 0.05 ? Double.NaN : 1);
            assertTrue(curve.diverged());
            assertEquals(3, curve.points().size());
            assertEquals(0.01, curve.tenthOfLast(), 1e-12);
            LossCurve flat = new LearningRateFinder(0.001, 1, 4, 0, 2).run(optimizer, rate -> 1);
            assertFalse(flat.diverged());
            assertEquals(0.001, flat.steepest());
        }
        assertThrows(IllegalArgumentException.class, () -> new LearningRateFinder(1, 0.1, 10, 0.9, 2));
        assertThrows(IllegalArgumentException.class, () -> new LossCurve(List.of(), false));
    }
}
