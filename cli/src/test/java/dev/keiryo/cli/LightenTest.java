package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

    /** The best of those that fit is kept, and is what its figures say. */
    @Test
    void fitsABudget() throws IOException {
        JsonNode models = lightened("--budget", "600KiB").get("models");
        assertEquals(4, models.size(), "the model and three tries");
        long size = Files.size(folder.resolve("light.gguf"));
        assertTrue(size <= 600 << 10, size + " bytes");
        double least = Double.MAX_VALUE;
        long best = 0;
        for (int i = 1; i < models.size(); i++) {
            if (kl(models.get(i)) < least) {
                least = kl(models.get(i));
                best = models.get(i).get("fileBytes").asLong();
            }
        }
        assertEquals(best, size);
    }

    @Test
    void keepsToBitsAWeight() throws IOException {
        lightened("--bits", "7", "--tries", "1");
        JsonNode model = JsonMapper.shared()
                .readTree(Output.done("inspect", folder.resolve("light.gguf").toString(), "--json")
                        .out());
        double bits = 8.0
                * model.at("/weightBytes/stored").asLong()
                / model.get("parameters").asLong();
        assertTrue(bits <= 7, bits + " bits");
    }

    /** The smallest that keeps to a divergence: all smaller ones, tried before it, do not. */
    @Test
    void keepsToADivergence() throws IOException {
        JsonNode models = lightened("--max-kl", "0.02").get("models");
        int last = models.size() - 1;
        assertTrue(kl(models.get(last)) <= 0.02);
        for (int i = 1; i < last; i++) {
            assertTrue(kl(models.get(i)) > 0.02);
        }
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
    }
}
