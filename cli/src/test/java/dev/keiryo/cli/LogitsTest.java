package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code keiryo logits}. */
class LogitsTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void logitsAreWrittenAndTabulated() throws IOException {
        JsonNode golden = Models.tinyStoriesGolden();
        Path file = folder.resolve("logits.f32");
        String tokens = golden.get("logits_tokens")
                .valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.joining(","));
        Output output =
                done("logits", Models.tinyStories(), "--tokens", tokens, "--out", file.toString(), "--top", "3");
        double error = Floats.relativeRms(
                Floats.read(file), Floats.read(TestData.path("golden/trained/TinyStories-656K.logits.f32")));
        assertTrue(error < 1e-3, "relative RMS error " + error);
        assertEquals(4, output.out().lines().count(), output.out());
        assertTrue(output.out().contains("nats per token"), output.out());
    }

    @Test
    void anEncodersHiddenStatesAreWritten() throws IOException {
        JsonNode golden = Models.architecture("bert");
        Path file = folder.resolve("hidden.f32");
        Output output = done(
                "logits",
                TestData.path("golden/architectures/bert.gguf").toString(),
                "--tokens",
                Models.ids(golden.get("tokens"), ","),
                "--out",
                file.toString());
        double error =
                Floats.relativeRms(Floats.read(file), Floats.read(TestData.path("golden/architectures/bert.f32")));
        assertTrue(error < 1e-3, "relative RMS error " + error);
        assertEquals("hidden states [14 tokens, 64] in " + file + "\n", output.out());
    }
}
