package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.TestData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code keiryo prune}. */
class PruneTest {
    @TempDir
    private Path folder = Path.of("");

    private static String corpus() {
        return TestData.path("corpora/en/sherlock-holmes.txt").toString();
    }

    @Test
    void aSmallerModelStillWrites() {
        Path out = folder.resolve("less.gguf");
        JsonNode report = JsonMapper.shared()
                .readTree(done(
                                "prune",
                                Models.stories260K(),
                                out.toString(),
                                "--drop-layers=1",
                                "--ffn-ratio=0.2",
                                "--head-ratio=0.25",
                                "--pattern=2:4",
                                "--method=sparsegpt",
                                "--corpus=" + corpus(),
                                "--ctx=128",
                                "--chunks=8",
                                "--json")
                        .out());
        assertEquals(1, report.get("layersDropped").size());
        assertEquals(5, report.get("blockInfluence").size());
        assertEquals(
                report.get("weightsInLayers").asLong(), 2 * report.get("zeros").asLong());
        assertTrue(report.get("weights").asLong() < report.get("weightsBefore").asLong());
        assertFalse(done("run", out.toString(), "-p", "Once upon a time", "-n", "20", "--greedy", "--quiet")
                .out()
                .isBlank());
        assertTrue(done("inspect", out.toString()).out().contains("sparsegpt 2:4"));
    }

    @Test
    void whatCannotBeIsSaidAndNothingIsLeft() throws Exception {
        String model = Models.stories260K();
        String out = folder.resolve("x.gguf").toString();
        List<List<String>> wrong = List.of(
                List.of(),
                List.of("--ratio=0.5"),
                List.of("--ratio=1", "--method=magnitude"),
                List.of("--pattern=4:2", "--method=magnitude"),
                List.of("--pattern=2:4", "--method=global-magnitude"),
                List.of("--pattern=2:4", "--ratio=0.5", "--method=magnitude"),
                List.of("--layers=-1"),
                List.of("--layers=1", "--drop-layers=1"));
        for (List<String> options : wrong) {
            String[] args = new String[options.size() + 3];
            args[0] = "prune";
            args[1] = model;
            args[2] = out;
            for (int i = 0; i < options.size(); i++) {
                args[i + 3] = options.get(i);
            }
            assertEquals(2, Output.keiryo(args).exit(), options.toString());
        }
        assertEquals(1, Output.keiryo("prune", model, out, "--layers=7").exit());
        try (var files = Files.list(folder)) {
            assertEquals(0, files.count());
        }
    }
}
