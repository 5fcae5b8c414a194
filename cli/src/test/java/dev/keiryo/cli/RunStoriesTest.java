package dev.keiryo.cli;

import static dev.keiryo.cli.Output.done;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code keiryo run}: the texts of real models. */
class RunStoriesTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void runTellsTheStoryThatLlama2cTells() throws IOException {
        String golden = Files.readString(TestData.path("golden/trained/stories260K.greedy-256.txt"));
        // 256 steps with "Once upon a time", 4 tokens after BOS
        Output output = done("run", Models.stories260K(), "-p", "Once upon a time", "-n", "252", "--greedy", "--quiet");
        assertEquals(golden.strip(), output.out().strip());
        assertEquals("", output.err());
    }

    @Test
    void runTellsTheStoryThatLlamaCppTells() throws IOException {
        JsonNode golden = Models.tinyStoriesGolden();
        int n = golden.get("greedy_tokens").size();
        Output output =
                done("run", Models.tinyStories(), "-p", "Once upon a time", "-n", "" + n, "--greedy", "--quiet");
        assertEquals(golden.get("greedy_text").asString().strip(), output.out().strip());
    }

    /** The golden T5 with a vocabulary in which each id is a word of its own. */
    @Test
    void anEncoderDecoderAnswers() throws IOException {
        JsonNode golden = Models.architecture("t5");
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
        String prompt = "w" + Models.ids(golden.get("tokens"), " w");
        Output output = done("run", model.toString(), "-p", prompt, "-n", "1", "--greedy");
        assertEquals(prompt + "\nw" + best + "\n", output.out());
        assertTrue(output.err().contains("prompt 14 tokens"), output.err());
    }

    @Test
    void runReportsSpeedMemoryAndSeed() {
        Output output = done("run", Models.stories260K(), "-p", "Once", "-n", "5", "--seed", "42");
        assertTrue(
                output.err()
                        .matches(
                                "(?s)\\[max tokens] prompt 2 tokens, .* generated 5 tokens, .* peak memory .*seed 42\\s*"),
                output.err());
        assertEquals(
                output.out(),
                done("run", Models.stories260K(), "-p", "Once", "-n", "5", "--seed", "42")
                        .out());
    }

    @Test
    void aStopStringEndsTheTextAndIsNotShown() {
        Output output = done(
                "run",
                Models.stories260K(),
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
    void aPipedPromptLosesTheLineEndOfEcho() {
        InputStream in = System.in;
        System.setIn(new ByteArrayInputStream("Once upon\na time\n".getBytes(StandardCharsets.UTF_8)));
        try {
            String out = done("run", Models.stories260K(), "-p", "-", "-n", "1", "--greedy", "--quiet")
                    .out();
            assertTrue(out.startsWith("Once upon\na time") && out.charAt(16) != '\n', out);
        } finally {
            System.setIn(in);
        }
    }
}
