package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static dev.keiryo.cli.Output.keiryo;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.generate.LogProbabilities;
import dev.keiryo.gguf.GgufWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
    void chatTemplatePrintsTheRenderingAndNothingElse() throws IOException {
        String qwen =
                TestData.path("chat-templates/Qwen-Qwen2.5-7B-Instruct.jinja").toString();
        Path context = Files.writeString(
                folder.resolve("context.json"),
                "{\"messages\": [{\"role\": \"system\", \"content\": \"S\"}, {\"role\": \"user\", \"content\": \"日本\"}]}");
        String rendered = "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\n日本<|im_end|>\n";
        assertEquals(
                rendered,
                done("chat-template", qwen, "--context", context.toString()).out());
        String gemma =
                TestData.path("chat-templates/google-gemma-2-2b-it.jinja").toString();
        assertEquals(
                new Output(1, "", "System role not supported\n"),
                keiryo("chat-template", gemma, "--context", context.toString()));
        Path clock = Files.writeString(folder.resolve("clock.jinja"), "{{ strftime_now('%d %b %Y') }}\n");
        assertEquals(
                "15 Jan 2026",
                done("chat-template", clock.toString(), "--context", context.toString(), "--now", "2026-01-15T12:00:00")
                        .out());
        Output wrong = keiryo("chat-template", clock.toString(), "--context", context.toString(), "--now", "noon");
        assertEquals(2, wrong.exit());
        Path faulty = Files.writeString(folder.resolve("faulty.jinja"), "a\n{% if %}");
        Output failed = keiryo("chat-template", faulty.toString(), "--context", context.toString());
        assertEquals(1, failed.exit());
        assertTrue(failed.err().contains("line 2: Expected an expression"), failed.err());
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
    void anEncodersHiddenStatesAreWritten() throws IOException {
        JsonNode golden = architecture("bert");
        Path file = folder.resolve("hidden.f32");
        Output output = done(
                "logits",
                TestData.path("golden/architectures/bert.gguf").toString(),
                "--tokens",
                ids(golden.get("tokens"), ","),
                "--out",
                file.toString());
        double error =
                Floats.relativeRms(Floats.read(file), Floats.read(TestData.path("golden/architectures/bert.f32")));
        assertTrue(error < 1e-3, "relative RMS error " + error);
        assertEquals("hidden states [14 tokens, 64] in " + file + "\n", output.out());
    }

    /** The golden T5 with a vocabulary in which each id is a word of its own. */
    @Test
    void anEncoderDecoderAnswers() throws IOException {
        JsonNode golden = architecture("t5");
        Path original = TestData.path("golden/architectures/t5.gguf");
        Path model = folder.resolve("t5.gguf");
        try (Checkpoint checkpoint = Checkpoints.open(original)) {
            Map<String, MetadataValue> keys =
                    new LinkedHashMap<>(checkpoint.metadata().values());
            String[] pieces = IntStream.range(0, 512)
                    .mapToObj(id -> id < 3 ? List.of("<pad>", "</s>", "<unk>").get(id) : "▁w" + id)
                    .toArray(String[]::new);
            keys.put("tokenizer.ggml.model", MetadataValue.of("t5"));
            keys.put("tokenizer.ggml.tokens", MetadataValue.of(pieces));
            keys.put("tokenizer.ggml.scores", MetadataValue.of(new double[512]));
            keys.put(
                    "tokenizer.ggml.token_type",
                    MetadataValue.of(IntStream.range(0, 512)
                            .mapToLong(id -> id < 2 ? 3 : id == 2 ? 2 : 1)
                            .toArray()));
            keys.put("tokenizer.ggml.unknown_token_id", MetadataValue.of(2));
            keys.put("tokenizer.ggml.add_eos_token", MetadataValue.of(false));
            keys.put("tokenizer.ggml.add_space_prefix", MetadataValue.of(true));
            GgufWriter writer = new GgufWriter(new Metadata(model.toString(), keys));
            checkpoint.weights().forEach(writer::add);
            writer.write(model);
        }
        float[] first = Arrays.copyOf(Floats.read(TestData.path("golden/architectures/t5.f32")), 512);
        int best = LogProbabilities.greatest(first, 1)[0];
        String prompt = "w" + ids(golden.get("tokens"), " w");
        Output output = done("run", model.toString(), "-p", prompt, "-n", "1", "--greedy");
        assertEquals(prompt + "\nw" + best + "\n", output.out());
        assertTrue(output.err().contains("prompt 14 tokens"), output.err());
    }

    private static JsonNode architecture(String name) {
        return JsonMapper.shared()
                .readTree(TestData.path("golden/architectures/index.json"))
                .valueStream()
                .filter(m -> m.get("model").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String ids(JsonNode list, String separator) {
        return list.valueStream().map(JsonNode::asString).collect(Collectors.joining(separator));
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
        String text = done("inspect", tinyStories(), "--tensors").out();
        assertTrue(text.contains("blk.1.ffn_down.weight"), text);
        for (String amount :
                List.of("weights as stored  2.5 MiB", "weights at f16     1.3 MiB", "KV cache at f16    256.0 KiB")) {
            assertTrue(text.contains(amount), text);
        }
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

    @Test
    void synthWritesAModelOfItsNumbers() throws IOException {
        Path file = folder.resolve("synthetic.gguf");
        Output output = done("synth", "Tiny", file.toString(), "--type", "Q4_K_M", "--layers", "1", "--vocab", "300");
        assertEquals(file.toString(), output.out().strip());
        assertTrue(output.err().contains("100%"), output.err());
        try (Checkpoint c = Checkpoints.open(file)) {
            assertEquals(1, c.metadata().integer("llama.block_count"));
            assertEquals(300, c.weight("token_embd.weight").rows());
        }
        assertTrue(done("run", file.toString(), "-p", "hello", "-n", "4", "--quiet")
                .out()
                .startsWith("hello"));
        byte[] before = Files.readAllBytes(file);
        done("synth", "tiny", file.toString(), "--type", "q4_k_m", "--layers", "1", "--vocab", "300", "--seed", "2");
        assertFalse(Arrays.equals(before, Files.readAllBytes(file)), "another seed");
    }

    @Test
    void unknownShapesAndTypesAreAnsweredByTheKnown() {
        for (String[] args : List.of(
                new String[] {"synth", "huge", folder + "/x.gguf", "--type", "q8_0"},
                new String[] {"bench", "--shape", "huge", "--type", "q8_0"})) {
            Output output = keiryo(args);
            assertEquals(2, output.exit());
            assertTrue(output.err().contains("no shape huge; there are llama-3.2-1b, "), output.err());
        }
        Output output = keiryo("synth", "tiny", folder + "/x.gguf", "--type", "q9");
        assertEquals(2, output.exit());
        assertTrue(output.err().contains("no type q9; there are f32, f16, "), output.err());
        assertFalse(Files.exists(folder.resolve("x.gguf")));
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

    @ParameterizedTest
    @ValueSource(
            strings = {"run", "tokenize", "logits", "inspect", "convert", "pull", "synth", "bench", "tokenizer-train"})
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
                new String[] {"run", stories260K(), "-p", "x", "--temp", "NaN"},
                new String[] {"run", stories260K(), "-p", "x", "--ctx", "-1"},
                new String[] {"run", stories260K(), "-p", "x", "--stop", ""},
                new String[] {"inspect", stories260K(), "--ctx", "-5"},
                new String[] {"logits", stories260K(), "--tokens", "1", "--top", "-1"},
                new String[] {"tokenize", stories260K(), "-", "--text", "x"},
                new String[] {"run", stories260K(), "-p", "x", "--threads", "0"},
                new String[] {"logits", stories260K(), "--tokens", "1,99999"},
                new String[] {"logits", stories260K(), "--tokens", "1", "--decoder-tokens", "1"},
                new String[] {"synth", "tiny", folder + "/x.gguf"},
                new String[] {"synth", "tiny", folder + "/x.gguf", "--type", "q8_0", "--heads", "3"},
                new String[] {"synth", "tiny", folder + "/x.gguf", "--type", "q8_0", "--layers", "-3"},
                new String[] {"synth", "tiny", folder + "/x.gguf", "--type", "q8_0", "--threads", "0"},
                new String[] {"bench", "--shape", "tiny"},
                new String[] {"bench", stories260K(), "--type", "q8_0"},
                new String[] {"bench", stories260K(), "--shape", "tiny", "--type", "q8_0"})) {
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
        String[] tooLong = {"run", stories260K(), "-p", "a long story", "--ctx", "3"};
        String[] noVocabulary = {
            "run", TestData.path("golden/architectures/bert.gguf").toString(), "-p", "x"
        };
        String[] vocabularyOnly = {
            "tokenize", TestData.path("models/stories260K/tok512.bin").toString(), "--text", "x"
        };
        String[] noTokenizer = {"tokenize", TestData.path("corpora").toString(), "--text", "x"};
        String[] noFolder = {"convert", stories260K(), "/no/such/folder/model.gguf"};
        Output cut = keiryo("inspect", broken.toString());
        assertTrue(cut.err().contains("cut or corrupted"), cut.err());
        for (String[] args : List.of(tooLong, noVocabulary, vocabularyOnly, noTokenizer, noFolder)) {
            Output output = keiryo(args);
            assertEquals(1, output.exit(), output.err());
            assertEquals("keiryo: ", output.err().lines().toList().getLast().substring(0, 8), output.err());
            assertEquals("", output.out());
        }
        assertTrue(
                keiryo("run", "/no/such/file.gguf", "-p", "x", "--debug").err().contains("\tat "));
    }

    @Test
    void aPipedPromptLosesTheLineEndOfEcho() {
        InputStream in = System.in;
        System.setIn(new ByteArrayInputStream("Once upon\na time\n".getBytes(StandardCharsets.UTF_8)));
        try {
            String out = done("run", stories260K(), "-p", "-", "-n", "1", "--greedy", "--quiet")
                    .out();
            assertTrue(out.startsWith("Once upon\na time") && out.charAt(16) != '\n', out);
        } finally {
            System.setIn(in);
        }
    }

    @Test
    void tokenizeReadsStandardInput() {
        InputStream in = System.in;
        System.setIn(new ByteArrayInputStream("Once upon a time".getBytes(StandardCharsets.UTF_8)));
        try {
            assertEquals(
                    done("tokenize", tinyStories(), "--text", "Once upon a time", "--ids")
                            .out(),
                    done("tokenize", tinyStories(), "-", "--ids").out());
        } finally {
            System.setIn(in);
        }
    }

    @Test
    void onlyATerminalThatCanGetsStyles() {
        assertTrue(Style.wanted(true, Map.of("TERM", "xterm")));
        assertFalse(Style.wanted(false, Map.of("TERM", "xterm")));
        assertFalse(Style.wanted(true, Map.of("TERM", "xterm", "NO_COLOR", "1")));
        assertFalse(Style.wanted(true, Map.of("TERM", "dumb")));
        assertEquals("text", Style.DIM.of("text", false));
        assertEquals("\u001b[2mtext\u001b[0m", Style.DIM.of("text", true));
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
