package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo compare}. */
class CompareTest {
    @TempDir
    private Path folder = Path.of("");

    private String text = "";

    @BeforeEach
    void writeText() throws IOException {
        text = Files.writeString(
                        folder.resolve("story.txt"),
                        "Once upon a time there was a little girl who loved to play in the park.\n".repeat(30))
                .toString();
    }

    private String converted(String source, String type) {
        String file = folder.resolve(type + ".gguf").toString();
        done("convert", source, file, "--type", type);
        return file;
    }

    @Test
    void modelsAreComparedWithTheFirst() throws IOException {
        String q8 = converted(Models.stories260K(), "q8_0");
        String q4 = converted(Models.stories260K(), "q4_0");
        Path page = folder.resolve("report.html");
        String[] command = {
            "compare",
            Models.stories260K(),
            q8,
            q4,
            "--file",
            text,
            "--ctx",
            "64",
            "--no-speed",
            "-p",
            "One <day>",
            "--out",
            page.toString(),
            "--json"
        };
        JsonNode json = JsonMapper.shared().readTree(done(command).out());
        JsonNode models = json.get("models");
        assertEquals("stories260K.bin", json.get("reference").asString());
        assertEquals(
                List.of("stories260K.bin", "q8_0", "q4_0"),
                models.valueStream().map(m -> m.get("model").asString()).toList());
        assertEquals(Files.size(Path.of(q8)), models.at("/1/fileBytes").asLong());
        assertTrue(models.at("/0/against").isMissingNode());
        assertTrue(models.at("/0/loadSeconds").isMissingNode());
        double small = models.at("/1/against/klNats/value").asDouble();
        double large = models.at("/2/against/klNats/value").asDouble();
        assertTrue(small > 0 && 3 * small < large, json.toString());
        assertEquals(5, models.at("/2/against/relativeLayerErrors").size());
        double weights = models.at("/2/weights/ffn_up/relativeError").asDouble();
        assertTrue(weights > 0.04 && weights < 0.15, "error of the weights " + weights);
        String html = Files.readString(page);
        assertTrue(html.contains("One &lt;day&gt;") && !html.contains("<day>"));
        assertFalse(html.contains("http:") || html.contains("https:") || html.contains("src="));

        command[command.length - 1] = "--chunks=2";
        String table = done(command).out();
        assertTrue(table.startsWith("model "), table);
        assertTrue(table.contains(" tokens as the reference:\nOne <day>"), table);
        assertFalse(table.contains("memory"), table);
    }

    @Test
    void speedAndMemoryAreThoseOfAProcess() {
        JsonNode model = JsonMapper.shared()
                .readTree(done("compare", Models.stories260K(), "--file", text, "--ctx", "64", "--json")
                        .out())
                .at("/models/0");
        assertTrue(model.get("prefillTokensPerSecond").asDouble() > 0);
        assertTrue(model.get("decodeTokensPerSecond").asDouble() > 0);
        assertTrue(model.get("loadSeconds").asDouble() > 0);
        assertTrue(model.get("peakProcessBytes").asLong() > 20_000_000);
    }

    @Test
    void encodersAreComparedByTheirVectors() throws IOException {
        String bert = folder.resolve("bert.gguf").toString();
        String[] shape = {"--hidden=64", "--heads=4", "--layers=2", "--ffn=128", "--vocab=2000", "--type=f32"};
        done("synth", "bert-base", bert, shape[0], shape[1], shape[2], shape[3], shape[4], shape[5]);
        String q4 = converted(bert, "q4_0");
        Files.writeString(Path.of(text), "A cat sat.\nDogs run over hills.\n\nWhat is love?\nThe market fell.\n");
        JsonNode against = JsonMapper.shared()
                .readTree(done("compare", bert, q4, "--file", text, "--no-speed", "--json")
                        .out())
                .at("/models/1/against");
        assertEquals(4, against.get("texts").asInt());
        double cosine = against.at("/cosine/value").asDouble();
        assertTrue(cosine > 0.9 && cosine < 0.9999, against.toString());
        assertTrue(against.get("leastCosine").asDouble() <= cosine);
        assertTrue(against.get("spearman").asDouble() > 0);
        assertEquals(2, against.get("relativeLayerErrors").size());
    }

    @Test
    void wrongUsage() {
        assertEquals(2, keiryo("compare", "--file", text).exit());
        assertEquals(2, keiryo("compare", Models.stories260K()).exit());
        Output missing = keiryo("compare", Models.stories260K(), "nowhere.gguf", "--file", text);
        assertEquals(1, missing.exit());
        assertTrue(missing.err().contains("nowhere.gguf"), missing.err());
    }

    /** Types by methods, of the first model; what has nothing to round is said, and what comes to the same is measured once. */
    @Test
    void comparesTypesByMethods() {
        String other = TestData.path("corpora/en/sherlock-holmes.txt").toString();
        Output o = Output.done(
                "compare",
                Models.stories260K(),
                "--types",
                "q4_0,q3_k,iq4_nl,q8_0",
                "--methods",
                "nearest,gptq",
                "--corpus",
                TestData.path("corpora/en/tinyshakespeare.txt").toString(),
                "--file",
                other,
                "--chunks",
                "2",
                "--ctx",
                "256",
                "--json",
                "--no-speed");
        JsonNode models = JsonMapper.shared().readTree(o.out()).get("models");
        List<String> names =
                models.valueStream().map(m -> m.get("model").asString()).toList();
        assertEquals(
                List.of("stories260K.bin", "q4_0 nearest", "q4_0 gptq", "q3_k nearest", "q3_k gptq", "q8_0 nearest"),
                names);
        assertTrue(o.err().contains("iq4_nl: the same tensors as q3_k"), o.err());
        assertTrue(o.err().contains("q8_0 gptq: "), o.err());
        double nearest = models.get(1).at("/against/klNats/value").asDouble();
        double gptq = models.get(2).at("/against/klNats/value").asDouble();
        assertTrue(gptq < nearest, gptq + ", nearest " + nearest);
        assertEquals(
                2,
                Output.keiryo("compare", "m", "--file", "f", "--types", "q4_0", "--methods", "awq")
                        .exit());
        assertEquals(
                2,
                Output.keiryo("compare", "m", "--file", "f", "--types", "q4_9").exit());
    }
}
