package dev.keiryo.train.optimize;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ten steps against PyTorch and against the papers' equations in NumPy; the resource's script says which. */
class OptimizerOracleTest {
    private static final int STEPS = 10;
    private static final Map<String, double[]> EXPECTED = expected();

    private static Map<String, double[]> expected() {
        try (InputStream in = requireNonNull(OptimizerOracleTest.class.getResourceAsStream("optimizers.txt"))) {
            Map<String, double[]> all = new HashMap<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().forEach(line -> {
                String[] parts = line.split(" ", 3);
                all.put(
                        parts[0] + " " + parts[1],
                        Arrays.stream(parts[2].split(" ", -1))
                                .mapToDouble(Double::parseDouble)
                                .toArray());
            });
            return all;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double[] expected(String name) {
        return requireNonNull(EXPECTED.get(name), name);
    }

    /** A linear congruential generator: numbers of different sizes, exact in float32. */
    private static final class Generator {
        private int x = 1;

        void fill(Weight shape, TestWeights of, boolean gradient) {
            var data =
                    gradient ? requireNonNull(of.gradients().get(shape.name())).data() : shape.data();
            for (int i = 0; i < shape.count(); i++) {
                x = x * 1664525 + 1013904223;
                float value = (x >>> 8) / (float) (1 << 23) - 1;
                data.setAtIndex(Matrix.F32, i, value / (1 << i % 7));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "adamw; adamw; 0.01; 0",
                "adamw-clipped; adamw:beta2=0.999,epsilon=1e-6; 0.01; 0.5",
                "sgd-plain; sgd:momentum=0; 0.1; 0",
                "sgd-momentum; sgd; 0.1; 0",
                "sgd-nesterov; sgd:momentum=0.8,nesterov=true; 0.1; 0",
                "lion; lion; 0.01; 0",
                "adafactor; adafactor; 1; 0",
                "adafactor-moment; adafactor:beta1=0.9,relative=false; 0.02; 0",
                "muon; muon; 0.02; 0",
                "muon-adamw; muon:nesterov=false,scaling=adamw; 0.01; 0",
                "adamw-8bit; adamw-8bit; 0.01; 0"
            })
    void tenSteps(String name, String options, double peak, double most) {
        try (TestWeights weights = new TestWeights()
                        .add("token_embd.weight", 70, 64)
                        .add("blk.0.attn_norm.weight", 19)
                        .add("blk.0.ffn_up.weight", 24, 16)
                        .add("blk.0.ffn_down.weight", 16, 25)
                        .add("blk.0.ffn_up_exps.weight", 3, 8, 12);
                Workers workers = new Workers(2);
                Optimizer optimizer = weights.optimizer(options, 0.1, workers)) {
            Generator generator = new Generator();
            weights.all().forEach(w -> generator.fill(w, weights, false));
            for (int s = 0; s < STEPS; s++) {
                weights.all().forEach(w -> generator.fill(w, weights, true));
                double factor = 1;
                if (most > 0) {
                    GradientNorm norm = GradientNorm.of(weights.gradients(), 1, workers);
                    assertEquals(expected(name + " norms")[s], norm.norm(), 1e-5);
                    factor = norm.factor(most);
                }
                optimizer.step(weights.gradients(), peak * (s + 1) / STEPS, factor);
            }
            for (Weight w : weights.all()) {
                compare(name, w);
            }
        }
    }

    private static void compare(String name, Weight w) {
        double[] expected = expected(name + " " + w.name());
        int step = w.count() > 1000 ? 97 : 7;
        assertEquals(Math.ceilDiv((int) w.count(), step), expected.length);
        // In 8 bits, a moment that lies between two values may be rounded to either.
        boolean rounded = name.equals("adamw-8bit") && w.count() >= 4096;
        int far = 0;
        for (int i = 0; i < expected.length; i++) {
            double found = w.data().getAtIndex(Matrix.F32, (long) i * step);
            double error = Math.abs(found - expected[i]) / (1e-6 + 3e-6 * Math.abs(expected[i]));
            far += error > 1 ? 1 : 0;
            assertTrue(
                    error <= (rounded ? 1000 : 1),
                    name + " " + w.name() + " " + i * step + ": " + found + " instead of " + expected[i]);
        }
        assertTrue(far <= (rounded ? 2 : 0), far + " numbers of " + w.name() + " differ");
    }

    @Test
    void valuesOfTheDynamicCode() {
        compare(DynamicCode.SIGNED.values(), expected("dynamic-map signed"));
        compare(DynamicCode.UNSIGNED.values(), expected("dynamic-map unsigned"));
    }

    private static void compare(float[] found, double[] expected) {
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], found[i], 1e-6 * Math.abs(expected[i]));
        }
    }
}
