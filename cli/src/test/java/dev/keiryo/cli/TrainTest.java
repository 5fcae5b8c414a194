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
    void saysWhatDoesNotFit() {
        refuses("--vocab follows", "--steps", "5", "--vocab", "400");
        refuses("adamw", "--steps", "5", "--optimizer", "sgdm");
        refuses("warm", "--steps", "5", "--schedule", "cosine:warm=3");
    }

    private void refuses(String reason, String... options) {
        Output output = Output.keiryo(line(options));
        assertEquals(2, output.exit(), output.err());
        assertTrue(output.err().contains(reason), output.err());
    }
}
