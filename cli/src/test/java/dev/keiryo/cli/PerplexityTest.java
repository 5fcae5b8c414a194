package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo perplexity}. */
class PerplexityTest {
    private static final String STORY = "Once upon a time there was a little girl who loved to play in the park. ";

    @TempDir
    private Path folder = Path.of("");

    private String text = "";

    @BeforeEach
    void writeText() throws IOException {
        text = Files.writeString(folder.resolve("text"), STORY.repeat(30)).toString();
    }

    @Test
    void figuresWithErrors() {
        Output output = done("perplexity", Models.stories260K(), "--file", text, "--ctx", "128", "--chunks", "3");
        assertTrue(
                output.out().matches("(?s)perplexity         [0-9.]+ ± [0-9.]+\n.*3 chunks of 128 tokens, 189 .*"),
                output.out());
        assertTrue(output.err().contains("  perplexity "), output.err());
    }

    @Test
    void theReferenceIsReadBeside() throws IOException {
        String small = folder.resolve("q4_0.gguf").toString();
        done("convert", Models.tinyStories(), small, "--type", "q4_0");
        String[] command = {
            "perplexity",
            small,
            "--file",
            text,
            "--definition",
            "hf",
            "--ctx",
            "64",
            "--stride",
            "16",
            "--reference",
            Models.tinyStories(),
            "--layers",
            "--json"
        };
        JsonNode json = JsonMapper.shared().readTree(done(command).out());
        assertEquals(16, json.get("stride").asInt());
        JsonNode against = json.get("against");
        double kl = against.at("/klNats/value").asDouble();
        assertTrue(kl > 1e-3 && kl < 0.5, json.toString());
        assertEquals(
                json.at("/perplexity/value").asDouble()
                        - against.at("/perplexity/value").asDouble(),
                against.at("/perplexityDifference/value").asDouble(),
                1e-9);
        assertEquals(2, against.get("relativeLayerErrors").size());
        assertTrue(against.at("/relativeLayerErrors/1").asDouble() > 0.01);
        command[command.length - 1] = "--chunks=1";
        assertTrue(done(command).out().contains("KL divergence "));
    }

    @Test
    void predictionsAreKeptAndComparedWith() {
        String file = folder.resolve("predictions").toString();
        String[] save = {"--file", text, "--ctx", "16", "--chunks", "9", "--save-predictions", file};
        done(Stream.concat(Stream.of("perplexity", Models.stories260K()), Stream.of(save))
                .toArray(String[]::new));
        Output output = done("perplexity", Models.stories260K(), "--reference", file);
        assertTrue(output.out().contains("same top token     100.000 "), output.out());
        assertTrue(output.out().contains("9 chunks of 16 tokens"), output.out());
        assertEquals(
                2,
                keiryo("perplexity", Models.stories260K(), "--reference", file, "--file", text)
                        .exit());
        assertEquals(
                2,
                keiryo("perplexity", Models.stories260K(), "--reference", file, "--layers")
                        .exit());
    }

    @Test
    void wrongUsage() throws IOException {
        assertEquals(2, keiryo("perplexity", Models.stories260K()).exit());
        Output stride = keiryo("perplexity", Models.stories260K(), "--file", text, "--stride", "8");
        assertEquals(2, stride.exit());
        assertTrue(stride.err().contains("--definition hf"), stride.err());
        assertEquals(
                2,
                keiryo("perplexity", Models.stories260K(), "--file", text, "--definition", "gpt")
                        .exit());
        Output shortText = keiryo("perplexity", Models.stories260K(), "--file", text, "--ctx", "100000");
        assertEquals(1, shortText.exit());
        assertTrue(shortText.err().contains("tokens, but a chunk takes 100000"), shortText.err());
        Output other = keiryo("perplexity", Models.stories260K(), "--file", text, "--reference", Models.tinyStories());
        assertEquals(1, other.exit());
        assertTrue(other.err().contains("only models of one vocabulary"), other.err());
        Path latin = Files.write(folder.resolve("latin1"), new byte[] {'a', (byte) 0xe9, 'b'});
        assertTrue(keiryo("perplexity", Models.stories260K(), "--file", latin.toString())
                .err()
                .contains("is not UTF-8"));
    }
}
