package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo bench}. */
class BenchTest {
    @Test
    void benchGivesSpeedsAndShares() {
        JsonNode json = JsonMapper.shared()
                .readTree(done("bench", Models.stories260K(), "-p", "16", "-n", "4", "-r", "2", "--json")
                        .out());
        assertEquals(
                List.of("pp16", "tg4"),
                json.get("tests")
                        .valueStream()
                        .map(t -> t.get("test").asString())
                        .toList());
        json.get("tests").forEach(t -> {
            assertEquals(2, t.get("tokensPerSecond").size());
            assertTrue(t.get("medianTokensPerSecond").asDouble() > 0);
            assertTrue(t.get("shareOfMemoryBandwidth").asDouble() > 0);
        });
    }

    /** The build gives tests a cache of their own. */
    @Test
    void benchOfAShapeKeepsItsModel() throws IOException {
        Path cache = Path.of(System.getenv("KEIRYO_CACHE"), "synth");
        Path file = cache.resolve("tiny-q4_0-seed1-v1.gguf");
        Files.deleteIfExists(file);
        String[] args = {"bench", "--shape", "tiny", "--type", "q4_0", "-p", "8", "-n", "2", "-r", "1", "--json"};
        Output first = done(args);
        assertTrue(first.err().contains("100%"), first.err());
        assertEquals(
                file.toString(),
                JsonMapper.shared().readTree(first.out()).get("model").asString());
        FileTime written = Files.getLastModifiedTime(file);
        assertEquals("", done(args).err());
        assertEquals(written, Files.getLastModifiedTime(file));
    }
}
