package dev.keiryo.train.optimize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerTest {
    /** All tails: a matrix of several blocks, a narrow one, one row, stacked experts, vectors. */
    private static TestWeights weights() {
        return new TestWeights()
                .add("token_embd.weight", 300, 61)
                .add("blk.0.attn_q.weight", 130, 150)
                .add("blk.0.attn_k.weight", 500, 7)
                .add("blk.0.ffn_down.weight", 1, 5)
                .add("blk.0.ffn_up_exps.weight", 3, 70, 33)
                .add("blk.0.attn_norm.weight", 150)
                .add("output_norm.bias", 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "adamw",
                "adamw-8bit",
                "adamw-8bit:least=0",
                "adafactor",
                "adafactor:beta1=0.9",
                "lion",
                "muon",
                "sgd",
                "sgd:momentum=0"
            })
    void threadsAndSavedStatesChangeNothing(String options) {
        float[] one = trained(options, 1, 6, 6);
        assertArrayEquals(one, trained(options, 3, 6, 6));
        assertArrayEquals(one, trained(options, 2, 6, 3));
    }

    /** Weights after some steps, and after {@code saved} of them in a new optimizer. */
    private static float[] trained(String options, int threads, int steps, int saved) {
        try (TestWeights weights = weights();
                Workers workers = new Workers(threads);
                Arena arena = Arena.ofConfined()) {
            Random random = new Random(7);
            weights.fill(random::nextGaussian);
            Optimizer optimizer = weights.optimizer(options, 0.1, workers);
            for (int s = 0; s < steps; s++) {
                if (s == saved) {
                    Map<String, MemorySegment> copy = new HashMap<>();
                    optimizer
                            .state()
                            .forEach((name, data) -> copy.put(
                                    name, arena.allocate(data.byteSize()).copyFrom(data)));
                    long made = optimizer.steps();
                    optimizer.close();
                    optimizer = weights.optimizer(options, 0.1, workers);
                    optimizer.restore(copy, made);
                }
                weights.fillGradients(random::nextGaussian);
                optimizer.step(weights.gradients(), 0.01, 0.5);
            }
            assertEquals(steps, optimizer.steps());
            optimizer.close();
            return weights.values();
        }
    }

    /** {@code Σ h·(w - 1)²/2} with curvatures between 0.1 and 1. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "adamw; 0.05; 1e-3",
                "adamw-8bit:least=0; 0.05; 1e-3",
                "adafactor:relative=false; 0.1; 1e-2",
                "adafactor; 5; 1e-2",
                "lion; 0.05; 3e-3",
                "muon; 0.5; 1e-2",
                "sgd; 0.2; 1e-3",
                "sgd:nesterov=true; 0.2; 1e-3",
                "sgd:momentum=0; 1; 1e-3"
            })
    void minimizesAQuadratic(String options, double peak, double share) {
        try (TestWeights weights =
                        new TestWeights().add("blk.0.ffn_up.weight", 20, 30).add("output_norm.weight", 30);
                Workers workers = new Workers(1);
                Optimizer optimizer = weights.optimizer(options, 0, workers)) {
            Random random = new Random(3);
            weights.fill(() -> 2 * random.nextGaussian());
            double begin = quadratic(weights);
            Schedule schedule = Schedule.parse("cosine");
            for (int s = 0; s < 300; s++) {
                quadratic(weights);
                optimizer.step(weights.gradients(), peak * schedule.factor(s, 300), 1);
            }
            double end = quadratic(weights);
            assertTrue(end < share * begin, begin + " became " + end);
        }
    }

    /** Sets the gradients. */
    private static double quadratic(TestWeights weights) {
        double loss = 0;
        for (Weight w : weights.all()) {
            Matrix g = gradient(weights, w);
            for (int i = 0; i < w.count(); i++) {
                double h = 0.1 + 0.9 * (i % 10) / 9;
                double d = w.data().getAtIndex(Matrix.F32, i) - 1;
                loss += h * d * d / 2;
                g.data().setAtIndex(Matrix.F32, i, (float) (h * d));
            }
        }
        return loss;
    }

    private static Matrix gradient(TestWeights weights, Weight w) {
        Matrix g = weights.gradients().get(w.name());
        if (g == null) {
            throw new IllegalStateException(w.name());
        }
        return g;
    }

    /** {@code (1 - x)² + 100·(y - x²)²} from (-1.2, 1): a bent valley. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "adamw:beta2=0.99; 0.02; 0.01",
                "adamw-8bit:least=0,beta2=0.99; 0.02; 0.01",
                "adafactor:beta1=0.9,relative=false; 0.03; 0.05",
                "lion; 0.002; 0.05",
                "muon; 0.05; 0.05",
                "sgd:momentum=0.95; 0.0003; 0.05"
            })
    void goesThroughRosenbrocksValley(String options, double peak, double far) {
        try (TestWeights weights = new TestWeights().add("blk.0.ffn_up.weight", 1, 2);
                Workers workers = new Workers(1);
                Optimizer optimizer = weights.optimizer(options, 0, workers)) {
            MemorySegment w = weights.all().getFirst().data();
            Matrix g = gradient(weights, weights.all().getFirst());
            w.setAtIndex(Matrix.F32, 0, -1.2f);
            w.setAtIndex(Matrix.F32, 1, 1);
            int steps = 4000;
            Schedule schedule = Schedule.parse("cosine");
            for (int s = 0; s < steps; s++) {
                double x = w.getAtIndex(Matrix.F32, 0);
                double y = w.getAtIndex(Matrix.F32, 1);
                g.put(0, 0, (float) (-2 * (1 - x) - 400 * x * (y - x * x)));
                g.put(0, 1, (float) (200 * (y - x * x)));
                optimizer.step(weights.gradients(), peak * schedule.factor(s, steps), 1);
            }
            assertEquals(1, w.getAtIndex(Matrix.F32, 0), far);
            assertEquals(1, w.getAtIndex(Matrix.F32, 1), 2 * far);
        }
    }

    @Test
    void groupsDecayAndHaveRatesOfTheirOwn() {
        List<ParameterGroup> groups = List.of(
                ParameterGroup.named("^token_embd", 0.5, 0.1),
                new ParameterGroup("rest", w -> w.name().startsWith("blk."), 0, 1));
        try (TestWeights weights =
                        new TestWeights().add("token_embd.weight", 3, 4).add("blk.0.ffn_up.weight", 3, 4);
                Workers workers = new Workers(1)) {
            weights.fill(() -> 2);
            weights.fillGradients(() -> 1);
            Optimizer sgd = new SgdOptions(0, false).create(ParameterGroup.assign(weights.all(), groups), workers);
            sgd.step(weights.gradients(), 0.5, 1);
            float[] values = weights.values();
            assertEquals(2 - 0.05f * (1 + 0.5f * 2), values[0], 1e-6);
            assertEquals(2 - 0.5f, values[12], 1e-6);
            weights.add("output.weight", 2, 2);
            assertTrue(assertThrows(IllegalArgumentException.class, () -> ParameterGroup.assign(weights.all(), groups))
                    .toString()
                    .contains("output.weight"));
            sgd.close();
        }
    }

    @Test
    void usualGroupsDecayMatricesAlone() {
        try (TestWeights weights = new TestWeights()
                .add("token_embd.weight", 3, 4)
                .add("blk.0.ffn_up_exps.weight", 2, 3, 4)
                .add("output.weight", 3, 4)
                .add("position_embd.weight", 3, 4)
                .add("token_types.weight", 2, 4)
                .add("blk.0.attn_norm.weight", 4)
                .add("blk.0.attn_q.bias", 4)
                .add("blk.0.ffn_gate_inp.weight", 2, 4)
                .add("enc.blk.0.attn_rel_b.weight", 2, 4)) {
            List<Boolean> decays = ParameterGroup.assign(weights.all(), ParameterGroup.usual(0.1)).stream()
                    .map(m -> m.group().weightDecay() > 0)
                    .toList();
            assertEquals(List.of(true, true, true, false, false, false, false, false, false), decays);
        }
    }

    @Test
    void refusesWhatDoesNotBelongToIt() {
        try (TestWeights weights = weights();
                TestWeights others = new TestWeights().add("blk.0.attn_q.weight", 130, 151);
                Workers workers = new Workers(1);
                Optimizer optimizer = weights.optimizer("adamw", 0, workers)) {
            float[] before = weights.values();
            assertThrows(IllegalArgumentException.class, () -> optimizer.step(others.gradients(), 0.1, 1));
            assertThrows(IllegalArgumentException.class, () -> optimizer.step(weights.gradients(), Double.NaN, 1));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> optimizer.step(weights.gradients(), 0.1, Double.POSITIVE_INFINITY));
            assertThrows(IllegalArgumentException.class, () -> optimizer.restore(Map.of(), 3));
            Map<String, MemorySegment> more = new HashMap<>(optimizer.state());
            more.put("another", MemorySegment.NULL);
            assertThrows(IllegalArgumentException.class, () -> optimizer.restore(more, 3));
            assertEquals(0, optimizer.steps());
            assertArrayEquals(before, weights.values());
        }
    }

    @Test
    void statesAreAsLargeAsTheyAreSaidToBe() {
        try (TestWeights weights = new TestWeights().add("blk.0.ffn_up.weight", 64, 128);
                Workers workers = new Workers(1)) {
            Map<String, Long> bytes = Map.of(
                    "adamw", 8L * 8192,
                    "adamw-8bit", 2 * (8192L + 4 * 32),
                    "adafactor", 4L * (64 + 128),
                    "lion", 4L * 8192,
                    "muon", 4L * 8192,
                    "sgd:momentum=0", 0L);
            bytes.forEach((options, expected) -> {
                try (Optimizer o = weights.optimizer(options, 0, workers)) {
                    assertEquals(expected, o.stateBytes(), options);
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "adamw:beta1=0.9,beta2=0.999,epsilon=1.0E-8",
                "adamw-8bit:beta1=0.9,beta2=0.95,epsilon=1.0E-8,least=4096",
                "adafactor:beta1=0,decay=0.8,clip=1,epsilon1=1.0E-30,epsilon2=0.001,relative=true",
                "lion:beta1=0.95,beta2=0.98",
                "muon:momentum=0.95,nesterov=true,iterations=5,scaling=adamw,beta1=0.9,beta2=0.95,epsilon=1.0E-10,adam-rate=1",
                "sgd:momentum=0.9,nesterov=false"
            })
    void textOfOptions(String text) {
        assertEquals(text, OptimizerOptions.parse(text).text());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "adam| there are adamw, adamw-8bit, adafactor, lion, muon, sgd",
                "adamw:beta3=1| no argument beta3; there are beta1",
                "adamw:beta1=1| below 1",
                "adamw:beta1=x| should be a number",
                "adamw:beta1| key=value",
                "adamw:beta1=0.9,beta1=0.8| twice",
                "sgd:momentum=0,nesterov=yes| momentum above 0",
                "muon:scaling=other| spectral or adamw",
                "muon:iterations=0| 1 to 20",
                "adamw:epsilon=NaN| above 0",
            })
    void refusesOptions(String text, String message) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> OptimizerOptions.parse(text));
        assertTrue(e.toString().contains(message), e.toString());
    }
}
