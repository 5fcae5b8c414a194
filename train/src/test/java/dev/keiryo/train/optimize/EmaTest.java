package dev.keiryo.train.optimize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EmaTest {
    @Test
    void averagesSwapsAndGoesOn() {
        try (TestWeights weights = new TestWeights().add("a", 170, 103).add("b", 5);
                Workers workers = new Workers(2);
                Arena arena = Arena.ofConfined();
                Ema ema = new Ema(weights.all(), 0.5, workers)) {
            Random random = new Random(4);
            double[] expected = new double[170 * 103 + 5];
            for (int t = 0; t < 12; t++) {
                weights.fill(random::nextGaussian);
                float[] now = weights.values();
                double d = Math.min(0.5, (1.0 + t) / (10.0 + t));
                for (int i = 0; i < now.length; i++) {
                    expected[i] = d * expected[i] + (1 - d) * now[i];
                }
                ema.update();
            }
            float[] last = weights.values();
            MemorySegment saved = arena.allocate(4 * 5);
            MemorySegment b = ema.state().getOrDefault("b.average", MemorySegment.NULL);
            assertEquals((float) expected[expected.length - 1], b.getAtIndex(Matrix.F32, 4), 1e-6);
            saved.copyFrom(b);
            ema.swap();
            float[] averages = weights.values();
            for (int i = 0; i < averages.length; i++) {
                assertEquals(expected[i], averages[i], 1e-5);
            }
            assertThrows(IllegalStateException.class, ema::update);
            ema.swap();
            assertArrayEquals(last, weights.values());
            assertThrows(IllegalArgumentException.class, () -> ema.restore(java.util.Map.of("b.average", saved), 3));
            try (Ema other = new Ema(weights.all(), 0.5, workers)) {
                other.restore(ema.state(), ema.steps());
                ema.update();
                other.update();
                assertEquals(
                        -1,
                        other.state()
                                .getOrDefault("a.average", MemorySegment.NULL)
                                .mismatch(ema.state().getOrDefault("a.average", saved)));
            }
        }
    }
}
