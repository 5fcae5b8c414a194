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

    private Path recipe(String more) throws IOException {
        return Files.writeString(
                folder.resolve("r.yaml"), """
                # what a test learns
                data: ["%s"]
                tokenizer: "%s"
                out: "%s"
                layers: 1
                hidden: 32
                ffn: 48
                heads: 2
                length: 32
                batch: 4
                learning-rate: 2e-2
                """.formatted(text, tokenizer(), folder.resolve("run")) + more);
    }

    @Test
    void recipesAreFlags() throws IOException {
        String recipe = recipe("steps: 8\nvalidate-every: 4\nsample-prompt: \"the cat\"\nsample-tokens: 5\n")
                .toString();
        String printed =
                Output.done("train", recipe, "--print-recipe", "--steps=6").out();
        assertTrue(printed.contains("\nsteps: 6\n") && printed.contains("\nlength: 32\n"), printed);
        assertTrue(printed.contains("\nobjective: next-token\n") && printed.contains("\nkv-heads: 1\n"), printed);
        Output first = Output.done("train", recipe, "--steps", "6");
        assertTrue(first.out().contains("6 steps"), first.out());
        Path run = folder.resolve("run");
        assertEquals(printed, Files.readString(run.resolve("recipe.yaml")));
        // The recipe in the run's folder goes on with it.
        assertEquals(
                first.out(),
                Output.done("train", run.resolve("recipe.yaml").toString()).out());
        String metrics = Files.readString(run.resolve("metrics.jsonl"));
        assertTrue(metrics.contains("\"sample\":\"the cat"), metrics);
        assertTrue(Files.readString(run.resolve("index.html")).contains("What it writes"));
        Output other = Output.keiryo("train", recipe, "--steps", "6", "--clip=2");
        assertTrue(other.err().contains("another recipe: clip: 1 instead of clip: 2;"), other.err());
        assertEquals(printed, Files.readString(run.resolve("recipe.yaml")));
    }

    @Test
    void recipesWithMistakesAreRefused() throws IOException {
        refusesRecipe(1, "line 12: there is no lerning-rate; perhaps learning-rate", "lerning-rate: 1\n");
        refusesRecipe(1, "line 13: there is no xyzzy; keiryo train --help", "steps: 3\nxyzzy: 1\n");
        refusesRecipe(1, "line 12: steps takes one value", "steps: [3, 4]\n");
        refusesRecipe(2, "Invalid value for option '--steps'", "steps: many\n");
        refusesRecipe(2, "Missing required option: '--steps=N'", "seed: 3\n");
        Output late =
                Output.keiryo(line("--steps", "3", "--seed", "1", recipe("").toString()));
        assertEquals(2, late.exit());
        assertTrue(late.err().contains("a recipe comes first"), late.err());
        Output absent = Output.keiryo("train", folder.resolve("absent.yaml").toString());
        assertTrue(absent.err().contains("no such file"), absent.err());
    }

    /** Those that the documentation names. */
    @Test
    void recipesOfTheRepositoryAreInOrder() throws IOException {
        writeTokenizerWithMarks();
        Path recipes = Path.of("../recipes").toAbsolutePath();
        try (Stream<Path> all = Files.list(recipes)) {
            List<Path> files = all.filter(f -> f.toString().endsWith(".yaml")).toList();
            assertTrue(files.size() >= 4, files.toString());
            for (Path file : files) {
                String printed = Output.done(
                                "train",
                                file.toString(),
                                "--data",
                                text.toString(),
                                "--tokenizer",
                                tokenizer(),
                                "--out",
                                "run",
                                "--print-recipe")
                        .out();
                assertTrue(printed.contains("steps: "), printed);
            }
        }
    }

    private void writeTokenizerWithMarks() {
        Output.done(
                "tokenizer-train",
                "--type",
                "bpe",
                "--vocab",
                "300",
                "--special",
                "<|endoftext|>",
                "--special",
                "[MASK]",
                "--sentinels",
                "8",
                "--eos",
                "<|endoftext|>",
                "--out",
                tokenizer(),
                text.toString());
    }

    private void refusesRecipe(int exit, String reason, String more) throws IOException {
        Output output = Output.keiryo("train", recipe(more).toString());
        assertEquals(exit, output.exit(), output.err());
        assertTrue(output.err().contains(reason), output.err());
    }

    @Test
    void samplesOfEveryObjective() throws IOException {
        writeTokenizerWithMarks();
        String[][] tasks = {
            {"bert-base", "the [MASK] sat", " %"},
            {"t5-v1.1-small", "the <extra_id_0> sat", ""},
            {"gpt2", "the cat", "the cat"}
        };
        for (String[] task : tasks) {
            String out = folder.resolve(task[0]).toString();
            Output.done(
                    "train",
                    recipe("steps: 4\n").toString(),
                    "--out",
                    out,
                    "--shape",
                    task[0],
                    "--sample-prompt",
                    task[1],
                    "--sample-temp",
                    "0.5",
                    "--sample-tokens",
                    "6");
            List<String> metrics = Files.readAllLines(Path.of(out, "metrics.jsonl"));
            String sample = metrics.getLast().replaceAll(".*\"sample\":", "");
            assertTrue(metrics.getLast().contains("\"sample\":\"") && sample.contains(task[2]), metrics.getLast());
        }
    }

    @Test
    void findsALearningRate() throws IOException {
        Output found = Output.done("train", recipe("steps: 4\n").toString(), "--find-learning-rate");
        assertTrue(found.out().contains("falls fastest at"), found.out());
        assertTrue(!Files.exists(folder.resolve("run")));
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
