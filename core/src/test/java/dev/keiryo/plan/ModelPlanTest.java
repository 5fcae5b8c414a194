package dev.keiryo.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.cache.KvType;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.plan.Placement.Part;
import dev.keiryo.plan.Placement.Strategy;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.synth.Synthesizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelPlanTest {
    private static final long GIB = 1L << 30;

    @TempDir
    private Path folder;

    private static ModelShape shape(String name) {
        return Objects.requireNonNull(ModelShapes.find(name));
    }

    @ParameterizedTest
    @CsvSource({"F32, 74.51", "F16, 37.25", "INT8, 18.63", "INT4, 9.31", "NF4_DQ, 9.61"})
    void sizesOfTwentyBillionWeights(Precision precision, double gibibytes) {
        assertEquals(gibibytes, precision.bytes(20_000_000_000L) / (double) GIB, 0.005);
    }

    @Test
    void doubleQuantizationTakesTheBitsThatItsPaperSays() {
        assertEquals(4.127, Precision.NF4_DQ.bits(), 0.0005);
    }

    /** A shape is planned as the file that would be written of it. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny", "bert-base"})
    void aShapeIsPlannedAsItsFile(String name) throws IOException {
        ModelShape shape = shape(name).with(2, 0, 0, 0, 0, 1000, 0);
        Path file = folder.resolve("model.gguf");
        Synthesizer.write(shape, Recipe.F16, 1, file, 2, (tensor, done, total) -> {});
        try (ModelPlan planned = new ModelPlan(new ShapeCheckpoint(shape, Recipe.F16));
                ModelPlan written = new ModelPlan(Checkpoints.open(file))) {
            assertEquals(written.parameters(), planned.parameters());
            assertEquals(written.weightBytes(null), planned.weightBytes(null));
            assertEquals(written.weightBytes(Recipe.Q4_K_M), planned.weightBytes(Recipe.Q4_K_M));
            assertEquals(Synthesizer.bytes(shape, Recipe.Q4_K_M), planned.weightBytes(Recipe.Q4_K_M));
            assertEquals(written.activationBytes(100), planned.activationBytes(100));
            assertTrue(Files.size(file) > planned.weightBytes(null));
        }
    }

    /** Windows included. */
    @Test
    void keysAndValuesTakeWhatTheEngineGivesThem() throws IOException {
        ModelShape shape = shape("gemma-3-1b").with(7, 64, 64, 0, 0, 1000, 0);
        Path file = folder.resolve("model.gguf");
        Synthesizer.write(shape, Recipe.F32, 1, file, 2, (tensor, done, total) -> {});
        try (ModelPlan plan = new ModelPlan(Checkpoints.open(file));
                Engine engine = Engine.open(
                        Checkpoints.open(file), EngineOptions.defaults().withKvType(KvType.Q8_0))) {
            for (int context : new int[] {1, 600, 5000}) {
                assertEquals(engine.cacheBytes(context, 512), plan.cacheBytes(context, KvType.Q8_0));
            }
        }
    }

    /** Against sums made by hand for two layers, 256 wide, 4 heads and 2 key/value heads of 64, feed-forward 512. */
    @Test
    void intermediateResultsAreCounted() throws IOException {
        try (ModelPlan plan = new ModelPlan(new ShapeCheckpoint(shape("tiny"), Recipe.F16))) {
            int tokens = 10;
            // norm, q k v, rope of q and k, attention, output, sum; norm, gate, up, gated, down, sum
            long layer =
                    4L * tokens * (256 + 256 + 128 + 128 + 256 + 128 + 256 + 256 + 256 + 256 + 3 * 512 + 256 + 256);
            long inputs = tokens * 512L * 44 / 32;
            assertEquals(4L * tokens * 256 + layer + inputs, plan.activationBytes(tokens));
        }
    }

    private static List<Device> devices(String text) {
        return Device.parse(text, Long::parseLong);
    }

    private static String places(List<Part> parts, String devices, Strategy strategy) {
        StringBuilder s = new StringBuilder();
        for (Placement.Place p : Placement.of(parts, devices(devices), strategy).places()) {
            Device d = p.device();
            s.append(d == null ? "-" : d.name().substring(0, 1));
        }
        return s.toString();
    }

    private static final List<Part> SIX = List.of(
            new Part("token_embd", 3),
            new Part("blk.0", 2),
            new Part("blk.1", 2),
            new Part("blk.2", 2),
            new Part("blk.3", 2),
            new Part("output", 1));

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0=100,1=100; SEQUENTIAL; 000000",
                "0=100,1=100; BALANCED; 000111",
                "0=100,1=100; AUTO; 000111",
                "0=5,1=100; BALANCED; 001111",
                "0=5,1=4,cpu=2,disk; SEQUENTIAL; 0011cd",
                "0=5,1=4,cpu=2,disk; BALANCED; 0011cd",
                "0=4,cpu=3; SEQUENTIAL; 0c----",
                "cpu=100; AUTO; cccccc",
                "disk; AUTO; dddddd",
            })
    void placesPartsInOrder(String devices, Strategy strategy, String wanted) {
        assertEquals(wanted, places(SIX, devices, strategy));
    }

    @Test
    void everyLayerHasAPlace() throws IOException {
        try (ModelPlan plan = new ModelPlan(new ShapeCheckpoint(shape("gemma-2-2b"), Recipe.F16))) {
            List<Part> parts = plan.parts(Recipe.Q8_0, 4096, KvType.F16);
            assertEquals(28, parts.size());
            assertEquals("token_embd", parts.getFirst().name());
            assertEquals("blk.25", parts.get(26).name());
            assertEquals(
                    plan.weightBytes(Recipe.Q8_0) + plan.cacheBytes(4096, KvType.F16),
                    parts.stream().mapToLong(Part::bytes).sum());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "gpu=1", "0", "cpu", "0=1,0=2", "0=0", "=4", "0=4,"})
    void refusesWhatIsNoListOfPlaces(String text) {
        assertThrows(IllegalArgumentException.class, () -> devices(text));
    }
}
