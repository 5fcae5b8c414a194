package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code keiryo train}: from text to a model that runs. */
final class TrainTest {
    @TempDir
    private Path folder;

    private Path text;

    @BeforeEach
    void writeText() throws IOException {
        text = folder.resolve("text.txt");
        Files.writeString(text, "the cat sat on the mat. the dog sat on the log. 猫が座った。\n".repeat(60));
        Output.done("tokenizer-train", "--type", "bpe", "--vocab", "300", "--out", tokenizer(), text.toString());
    }

    private String tokenizer() {
        return folder.resolve("tokenizer").toString();
    }

    private String[] line(String... more) {
        List<String> line = List.of(
                "train",
                "--data",
                text.toString(),
                "--tokenizer",
                tokenizer(),
                "--layers",
                "1",
                "--hidden",
                "32",
                "--ffn",
                "48",
                "--heads",
                "2",
                "--length",
                "32",
                "--batch",
                "4",
                "--out",
                folder.resolve("run").toString());
        return Stream.concat(line.stream(), Stream.of(more)).toArray(String[]::new);
    }

    @Test
    void trainsAModelThatRuns() throws IOException {
        String[] line = line("--steps", "40", "--learning-rate", "2e-2", "--validate-every", "20");
        String said = Output.done(line).out();
        assertTrue(said.contains("40 steps, 5,120 tokens"), said);
        List<String> metrics = Files.readAllLines(folder.resolve("run/metrics.jsonl"));
        assertEquals(42, metrics.size(), "forty steps and two validations");
        assertTrue(metrics.getLast().contains("validation_loss"));
        String model = folder.resolve("run/best.gguf").toString();
        String story = Output.done("run", model, "-p", "the cat", "-n", "8", "--temp", "0")
                .out();
        assertTrue(story.contains("the cat sat"), story);
        // Run again, it has nothing left to do.
        assertEquals(said, Output.done(line).out());
    }

    @Test
    void learnsFromTokenFilesAndGoesOn() throws IOException {
        Path sources = folder.resolve("lines.txt");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            lines.append("the cat number ").append(i).append(" sat on the mat.\n");
        }
        Files.writeString(sources, lines);
        String tokens = folder.resolve("tokens").toString();
        Output.done(
                "data",
                sources.toString(),
                "--out",
                tokens,
                "--tokenizer",
                tokenizer(),
                "--documents",
                "line",
                "--filters",
                "none",
                "--validation",
                "0.1");
        String[] line = line("--steps", "30", "--learning-rate", "2e-2", "--save-every", "7", "--packing", "best-fit");
        line[2] = tokens;
        Output first = Output.done(line);
        assertTrue(first.out().contains("30 steps"), first.out());
        String model = folder.resolve("run/best.gguf").toString();
        String story = Output.done("run", model, "-p", "the cat", "-n", "8", "--temp", "0")
                .out();
        assertTrue(story.contains("the cat number"), story);
        line[2] = tokens + "/train.tokens";
        assertEquals(first.out(), Output.done(line).out());
        line[2] = tokens + "/validation.tokens";
        Output other = Output.keiryo(line);
        assertEquals(1, other.exit());
        assertTrue(other.err().contains("another recipe"), other.err());
        line[2] = tokens;
        line[4] = Models.tinyStories();
        Output foreign = Output.keiryo(line);
        assertEquals(1, foreign.exit());
        assertTrue(foreign.err().contains("is of a vocabulary of"), foreign.err());
    }

    @Test
    void mixturesOfExpertsByEveryRule() throws IOException {
        String[][] rules = {
            {"--shape", "olmoe-1b-7b", "--experts-used", "1", "--capacity", "1", "--router-z-loss", "1e-3"},
            {
                "--shape",
                "mixtral-small",
                "--capacity",
                "1.2",
                "--overflow",
                "reroute",
                "--router-noise",
                "0.1",
                "--router-deviation",
                "1e-3"
            },
            {"--shape", "olmoe-1b-7b", "--experts-used", "2", "--routing", "experts", "--expert-dropout", "0.1"}
        };
        for (String[] rule : rules) {
            String[] steps = {"--steps", "6", "--experts", "4", "--accumulate", "2"};
            String[] more = Stream.concat(Stream.of(steps), Stream.of(rule)).toArray(String[]::new);
            Path run = folder.resolve("run");
            Output.done(line(more));
            List<String> metrics = Files.readAllLines(run.resolve("metrics.jsonl"));
            assertTrue(metrics.getFirst().contains("\"expert_imbalance\":"), metrics.getFirst());
            assertTrue(metrics.getFirst().contains("\"expert_unserved\":"), metrics.getFirst());
            assertTrue(metrics.get(1).contains("\"expert_shares\":[[0."), metrics.get(1));
            assertTrue(Files.readString(run.resolve("index.html")).contains("Use of experts"));
            try (Stream<Path> files = Files.list(run)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
        refuses("take --shape olmoe-1b-7b", "--steps", "5", "--shape", "mixtral-small", "--experts-used", "1");
        refuses("--routing is tokens or experts", "--steps", "5", "--shape", "mixtral-small", "--routing", "both");
        refuses("has no experts", "--steps", "5", "--experts", "4");
    }

    @Test
    void saysWhatDoesNotFit() {
        refuses("--vocab follows", "--steps", "5", "--vocab", "400");
        refuses("adamw", "--steps", "5", "--optimizer", "sgdm");
        refuses("warm", "--steps", "5", "--schedule", "cosine:warm=3");
        refuses("--packing is concatenate or best-fit", "--steps", "5", "--packing", "tight");
    }

    private void refuses(String reason, String... options) {
        Output output = Output.keiryo(line(options));
        assertEquals(2, output.exit(), output.err());
        assertTrue(output.err().contains(reason), output.err());
    }
}
