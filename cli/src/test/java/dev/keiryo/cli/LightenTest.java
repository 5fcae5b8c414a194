package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.prune.PrunedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo lighten} on a real model: each kind of goal is met, by figures that were measured. */
final class LightenTest {
    @TempDir
    private Path folder;

    private JsonNode lightened(String... goal) throws IOException {
        Path out = folder.resolve("light.gguf");
        List<String> line = Stream.concat(
                        Stream.of("lighten", Models.tinyStories(), out.toString(), "--chunks", "2", "--json"),
                        Stream.of(goal))
                .toList();
        JsonNode report = JsonMapper.shared()
                .readTree(Output.done(line.toArray(String[]::new)).out());
        assertTrue(Files.readString(folder.resolve("light.html")).contains("<svg"));
        assertEquals(report, JsonMapper.shared().readTree(Files.readString(folder.resolve("light.json"))));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(3, files.count(), "files that were tried are gone");
        }
        return report;
    }

    private static double kl(JsonNode model) {
        return model.at("/against/klNats/value").asDouble(Double.NaN);
    }

    /** The best of those that fit is kept, and is what its figures say; measured costs choose better than any mix. */
    @Test
    void fitsABudget() throws IOException {
        JsonNode report = lightened("--budget", "600KiB");
        JsonNode models = report.get("models");
        long size = Files.size(folder.resolve("light.gguf"));
        assertTrue(size <= 600 << 10, size + " bytes");
        double least = Double.MAX_VALUE;
        double leastOfMixes = Double.MAX_VALUE;
        JsonNode best = models.get(0);
        for (int i = 1; i < models.size(); i++) {
            JsonNode model = models.get(i);
            assertTrue(
                    model.get("fileBytes").asLong() <= 600 << 10,
                    model.get("model").asString());
            if (kl(model) < least) {
                least = kl(model);
                best = model;
            }
            if (!model.get("model").asString().contains(" ")) {
                leastOfMixes = Math.min(leastOfMixes, kl(model));
            }
        }
        assertEquals(best.get("fileBytes").asLong(), size);
        assertEquals(best.get("model"), report.at("/lightening/kept"));
        assertEquals(
                10,
                models.size(),
                "the model, three mixes, the best of them by three methods, searched types by three methods");
        assertTrue(
                best.get("model").asString().startsWith("auto"),
                best.get("model").asString());
        assertTrue(least < 0.75 * leastOfMixes, least + ", mixes " + leastOfMixes);
        assertTrue(
                report.get("text").asString().contains("that the model wrote"),
                report.get("text").asString());
        Evaluated again = evaluated();
        assertEquals(656_000, again.weights());
    }

    private record Evaluated(long weights, double bits) {}

    private Evaluated evaluated() throws IOException {
        JsonNode model = JsonMapper.shared()
                .readTree(Output.done("inspect", folder.resolve("light.gguf").toString(), "--json")
                        .out());
        long weights = model.get("parameters").asLong();
        return new Evaluated(weights, 8.0 * model.at("/weightBytes/stored").asLong() / weights);
    }

    @Test
    void keepsToBitsAWeight() throws IOException {
        JsonNode report = lightened("--bits", "7", "--tries", "1", "--no-search", "--corpus", corpus());
        double bits = evaluated().bits();
        assertTrue(bits <= 7 && bits > 6.3, bits + " bits");
        assertTrue(
                report.get("text").asString().contains("2 chunks; calibrated on 2 others"),
                report.get("text").asString());
    }

    private static String corpus() {
        return TestData.path("corpora/en/sherlock-holmes.txt").toString();
    }

    /** The smallest that keeps to a divergence, smaller than any mix that does. */
    @Test
    void keepsToADivergence() throws IOException {
        JsonNode report = lightened("--max-kl", "0.02", "--corpus", corpus());
        JsonNode models = report.get("models");
        long smallest = Long.MAX_VALUE;
        long smallestMix = Long.MAX_VALUE;
        for (int i = 1; i < models.size(); i++) {
            JsonNode model = models.get(i);
            if (kl(model) <= 0.02) {
                long bytes = model.get("fileBytes").asLong();
                smallest = Math.min(smallest, bytes);
                smallestMix =
                        model.get("model").asString().startsWith("auto") ? smallestMix : Math.min(smallestMix, bytes);
            }
        }
        assertEquals(smallest, Files.size(folder.resolve("light.gguf")));
        assertTrue(smallest < smallestMix, smallest + " bytes, mix " + smallestMix);
    }

    /** What is pruned has fewer weights, or as many with zeros among them. */
    @Test
    void prunesFirst() throws IOException {
        JsonNode report =
                lightened("--budget", "600KiB", "--tries", "1", "--no-search", "--prune", "0.3", "--corpus", corpus());
        long taken = 656_000 - evaluated().weights();
        // 2 layers of 4·128·128·... matrices hold 393,216 weights; widths stay multiples of 32.
        double share = taken / 393_216.0;
        assertTrue(share > 0.25 && share < 0.35, share + " of the layers' weights");
        assertEquals(0.3, report.at("/lightening/prunedShareOfLayers").asDouble());
        lightened(
                "--budget",
                "2MB",
                "--tries",
                "1",
                "--no-search",
                "--prune",
                "0.3",
                "--prune-method",
                "sparsegpt",
                "--corpus",
                corpus());
        assertEquals(656_000, evaluated().weights());
        try (Checkpoint light = Checkpoints.open(folder.resolve("light.gguf"))) {
            assertTrue(PrunedModel.zeros(light).share() >= 0.299);
        }
    }

    @Test
    void refusesToTakeOutTooMuch() {
        String[] line = {
            "lighten", Models.tinyStories(), folder.resolve("o.gguf").toString(), "--bits", "8", "--corpus", corpus()
        };
        Output o = Output.keiryo(
                Stream.concat(Stream.of(line), Stream.of("--prune", "0.9")).toArray(String[]::new));
        assertEquals(1, o.exit());
        assertTrue(o.err().contains("take out less"), o.err());
        assertEquals(
                2,
                Output.keiryo(Stream.concat(Stream.of(line), Stream.of("--prune", "1.5"))
                                .toArray(String[]::new))
                        .exit());
    }

    @Test
    void saysThatNothingIsSmallEnough() {
        Path out = folder.resolve("light.gguf");
        Output o = Output.keiryo("lighten", Models.tinyStories(), out.toString(), "--budget", "10KiB");
        assertEquals(1, o.exit());
        assertTrue(o.err().contains("as small as that"), o.err());
        assertFalse(Files.exists(out));
    }

    @Test
    void needsOneGoal() {
        assertEquals(2, Output.keiryo("lighten", "m", "o.gguf").exit());
        assertEquals(
                2,
                Output.keiryo("lighten", "m", "o.gguf", "--bits", "4", "--budget", "1MiB")
                        .exit());
        assertEquals(2, Output.keiryo("lighten", "m", "o.gguf", "--bits", "-4").exit());
        assertEquals(
                2,
                Output.keiryo("lighten", "m", "o.gguf", "--min-similarity", "1.5")
                        .exit());
    }

    /** A loss is what the kind of model has. */
    @Test
    void refusesAnothersMeasure() {
        Output o = Output.keiryo(
                "lighten", Models.tinyStories(), folder.resolve("o.gguf").toString(), "--min-similarity", "0.99");
        assertEquals(2, o.exit());
        assertTrue(o.err().contains("--max-kl"), o.err());
        o = Output.keiryo(
                "lighten",
                TestData.path("golden/architectures/bert.gguf").toString(),
                folder.resolve("o.gguf").toString(),
                "--max-kl",
                "0.1");
        assertEquals(2, o.exit());
        assertTrue(o.err().contains("--min-similarity"), o.err());
    }
}
