package dev.keiryo.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.TestData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands as a user gives them, on the real models. */
class CommandLineTest {
    @TempDir
    private Path folder = Path.of("");

    private record Output(int exit, String out, String err) {}

    private static Output keiryo(String... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
        try {
            int exit = Main.run(args);
            return new Output(
                    exit, outBytes.toString(StandardCharsets.UTF_8), errBytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    private static Output done(String... args) {
        Output output = keiryo(args);
        assertEquals(0, output.exit(), output.err());
        return output;
    }

    private static String stories260K() {
        return TestData.path("models/stories260K/stories260K.bin").toString();
    }

    private static String tinyStories() {
        return TestData.path("models/TinyStories-656K").toString();
    }

    private static JsonNode tinyStoriesGolden() throws IOException {
        return JsonMapper.shared().readTree(TestData.path("golden/trained/TinyStories-656K.json"));
    }

    @Test
    void runTellsTheStoryThatLlama2cTells() throws IOException {
        String golden = Files.readString(TestData.path("golden/trained/stories260K.greedy-256.txt"));
        // 256 steps with "Once upon a time", 4 tokens after BOS
        Output output = done("run", stories260K(), "-p", "Once upon a time", "-n", "252", "--greedy", "--quiet");
        assertEquals(golden.strip(), output.out().strip());
        assertEquals("", output.err());
    }

    @Test
    void runTellsTheStoryThatLlamaCppTells() throws IOException {
        JsonNode golden = tinyStoriesGolden();
        int n = golden.get("greedy_tokens").size();
        Output output = done("run", tinyStories(), "-p", "Once upon a time", "-n", "" + n, "--greedy", "--quiet");
        assertEquals(golden.get("greedy_text").asString().strip(), output.out().strip());
    }

    @Test
    void runReportsSpeedMemoryAndSeed() {
        Output output = done("run", stories260K(), "-p", "Once", "-n", "5", "--seed", "42");
        assertTrue(
                output.err()
                        .matches(
                                "(?s)\\[max tokens] prompt 2 tokens, .* generated 5 tokens, .* peak memory .*seed 42\\s*"),
                output.err());
        assertEquals(
                output.out(),
                done("run", stories260K(), "-p", "Once", "-n", "5", "--seed", "42")
                        .out());
    }

    @Test
    void aStopStringEndsTheTextAndIsNotShown() {
        Output output = done(
                "run",
                stories260K(),
                "-p",
                "Once upon a time",
                "-n",
                "100",
                "--greedy",
                "--quiet",
                "--stop",
                "girl named");
        assertEquals("Once upon a time, there was a little ", output.out().stripTrailing() + " ");
    }

    @Test
    void tokenizeGivesIdsPiecesAndJson() throws IOException {
        String ids = tinyStoriesGolden()
                .get("prompt_tokens")
                .valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.joining(" "));
        assertEquals(
                ids,
                done("tokenize", tinyStories(), "--text", "Once upon a time", "--ids")
                        .out()
                        .strip());
        JsonNode json = JsonMapper.shared()
                .readTree(done("tokenize", tinyStories(), "--text", "Once upon a time", "--json", "--no-special")
                        .out());
        assertEquals(5, json.get("count").asInt());
        assertEquals(16, json.get("characters").asInt());
        assertTrue(done("tokenize", tinyStories(), "--text", "Once upon a time")
                .out()
                .endsWith("6 tokens, 16 characters, 2.67 characters per token\n"));
    }

    @Test
    void logitsAreWrittenAndTabulated() throws IOException {
        JsonNode golden = tinyStoriesGolden();
        Path file = folder.resolve("logits.f32");
        String tokens = golden.get("logits_tokens")
                .valueStream()
                .map(JsonNode::asString)
                .collect(Collectors.joining(","));
        Output output = done("logits", tinyStories(), "--tokens", tokens, "--out", file.toString(), "--top", "3");
        double error = Floats.relativeRms(
                Floats.read(file), Floats.read(TestData.path("golden/trained/TinyStories-656K.logits.f32")));
        assertTrue(error < 1e-3, "relative RMS error " + error);
        assertEquals(4, output.out().lines().count(), output.out());
        assertTrue(output.out().contains("nats per token"), output.out());
    }

    @Test
    void inspectCountsParametersAndMemory() throws IOException {
        JsonNode json = JsonMapper.shared()
                .readTree(
                        done("inspect", tinyStories(), "--json", "--ctx", "100").out());
        assertEquals("llama", json.get("architecture").asString());
        assertEquals(656_000, json.get("parameters").asInt());
        // 2 layers, keys and values of 4 heads of 16
        assertEquals(4 * 100 * 2 * 2 * 64, json.get("kvCacheBytes").get("f32").asInt());
        assertTrue(done("inspect", tinyStories(), "--tensors").out().contains("blk.1.ffn_down.weight"));
    }

    @Test
    void aConvertedModelTellsTheSameStory() {
        Path gguf = folder.resolve("model.gguf");
        for (String model : List.of(tinyStories(), stories260K())) {
            done("convert", model, gguf.toString());
            String[] story = {"-p", "Once upon a time", "-n", "40", "--greedy", "--quiet"};
            assertEquals(
                    done(with(model, story)).out(),
                    done(with(gguf.toString(), story)).out());
        }
    }

    private static String[] with(String model, String... story) {
        String[] args = new String[story.length + 2];
        args[0] = "run";
        args[1] = model;
        System.arraycopy(story, 0, args, 2, story.length);
        return args;
    }

    @Test
    void aTrainedTokenizerCanBeUsed() throws IOException {
        Path corpus = folder.resolve("corpus.txt");
        Files.writeString(corpus, "the cat sat on the mat. the rat sat on the cat. 猫がいる。猫が鳴く。\n".repeat(20));
        for (String type : List.of("bpe", "unigram")) {
            Path out = folder.resolve(type);
            done("tokenizer-train", corpus.toString(), "--type", type, "--vocab", "300", "--out", out.toString());
            JsonNode json = JsonMapper.shared()
                    .readTree(done("tokenize", out.toString(), "--text", "the cat 猫", "--json", "--no-special")
                            .out());
            assertTrue(json.get("count").asInt() < 9, json.toString());
        }
    }

    @Test
    void benchGivesSpeedsAndShares() {
        JsonNode json = JsonMapper.shared()
                .readTree(done("bench", stories260K(), "-p", "16", "-n", "4", "-r", "2", "--json")
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

    @ParameterizedTest
    @ValueSource(strings = {"run", "tokenize", "logits", "inspect", "convert", "pull", "bench", "tokenizer-train"})
    void everyCommandHasHelp(String command) {
        Output output = done(command, "--help");
        assertTrue(output.out().startsWith("Usage: keiryo " + command), output.out());
    }

    @Test
    void wrongUsageExitsWithTwo() {
        for (String[] args : List.of(
                new String[] {},
                new String[] {"dance"},
                new String[] {"run", "--nonsense"},
                new String[] {"run", stories260K()},
                new String[] {"run", stories260K(), "-p", "x", "--temp", "-1"},
                new String[] {"run", stories260K(), "-p", "x", "--threads", "0"},
                new String[] {"logits", stories260K(), "--tokens", "1,99999"},
                new String[] {"logits", stories260K(), "--tokens", "1", "--decoder-tokens", "1"})) {
            Output output = keiryo(args);
            assertEquals(2, output.exit(), Arrays.toString(args) + output.err());
            assertTrue(output.err().startsWith("keiryo: "), output.err());
        }
    }

    @Test
    void failuresExitWithOneAndOneLine() throws IOException {
        Path broken = folder.resolve("broken.gguf");
        Files.write(
                broken, Arrays.copyOf(Files.readAllBytes(TestData.path("golden/architectures/llama-gqa.gguf")), 5000));
        Path unknown = folder.resolve("unknown.bin");
        Files.writeString(unknown, "not a model at all");
        for (String model : List.of("/no/such/file.gguf", broken.toString(), unknown.toString(), folder.toString())) {
            Output output = keiryo("run", model, "-p", "x");
            assertEquals(1, output.exit(), output.err());
            assertEquals(1, output.err().lines().count(), output.err());
            assertTrue(output.err().startsWith("keiryo: "), output.err());
            assertEquals("", output.out());
        }
        assertTrue(
                keiryo("run", "/no/such/file.gguf", "-p", "x", "--debug").err().contains("\tat "));
    }

    @Test
    void japaneseTextSurvives() {
        assertTrue(done("run", stories260K(), "-p", "日本語のテキスト", "-n", "1", "--greedy", "--quiet")
                .out()
                .startsWith("日本語のテキスト"));
        assertArrayEquals(
                new int[] {1},
                JsonMapper.shared()
                        .readTree(done("tokenize", stories260K(), "--text", "語", "--json")
                                .out())
                        .get("tokens")
                        .valueStream()
                        .limit(1)
                        .mapToInt(t -> t.get("id").asInt())
                        .toArray());
    }
}
