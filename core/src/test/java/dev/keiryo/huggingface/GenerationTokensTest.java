package dev.keiryo.huggingface;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.Keiryo;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.gguf.Gguf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class GenerationTokensTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2              |                              | 2",
                "[1, 106]       |                              | 1 106",
                "2              | {\"eos_token_id\": [7, 8, 9]} | 7 8 9",
                "[2, 3]         | {\"eos_token_id\": 5}         | 5",
                "2              | {\"do_sample\": true}         | 2",
                "2              | {\"eos_token_id\": null}      | 2",
                "-1             |                              | none",
                "null           |                              | none"
            })
    void generationConfigElseConfig(String eos, String generation, String expected) throws IOException {
        ObjectNode config = config("qwen2-yarn");
        config.set("eos_token_id", JsonMapper.shared().readTree(eos));
        try (Checkpoint c = HuggingFace.open(folder("qwen2-yarn", config, generation))) {
            long[] ids = c.metadata().integersOrNull("tokenizer.ggml.eos_token_ids");
            String found = ids == null
                    ? "none"
                    : String.join(
                            " ", Arrays.stream(ids).mapToObj(String::valueOf).toList());
            assertEquals(expected, found);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"decoder_start_token_id\": 3}                         |                                 | 3",
                "{\"decoder_start_token_id\": 3}                         | {\"decoder_start_token_id\": 4} | 4",
                "{\"decoder_start_token_id\": null, \"pad_token_id\": 5} |                                 | 5",
                "{\"decoder_start_token_id\": null}                      |                                 | 0"
            })
    void decoderStart(String change, String generation, int expected) throws IOException {
        ObjectNode config = config("t5");
        config.remove("pad_token_id");
        JsonMapper.shared().readTree(change).properties().forEach(p -> config.set(p.getKey(), p.getValue()));
        Path folder = folder("t5", config, generation);
        Path gguf = temp.resolve("t5.gguf");
        try (Checkpoint c = HuggingFace.open(folder)) {
            assertEquals(expected, c.metadata().integer("t5.decoder_start_token_id"));
            GgufConverter.convert(c, gguf, ConvertOptions.NONE, (tensor, done, total) -> {});
        }
        try (Checkpoint c = Gguf.open(gguf)) {
            assertEquals(expected, c.metadata().integer("t5.decoder_start_token_id"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"eos_token_id\": \"2\"}",
                "{\"eos_token_id\": 2.5}",
                "{\"eos_token_id\": [[1]]}",
                "{\"eos_token_id\": [1, null]}",
                "{\"eos_token_id\": {}}",
                "{\"eos_token_id\": 3000000000}",
                "{\"decoder_start_token_id\": true}"
            })
    void hostileGenerationConfig(String generation) throws IOException {
        Path folder = folder("qwen2-yarn", config("qwen2-yarn"), generation);
        FormatException e = assertThrows(
                FormatException.class, () -> HuggingFace.open(folder).close());
        assertTrue(e.toString().contains("generation_config.json"), e.toString());
    }

    /** Both ends of a real folder end generation, before conversion and after; llama.cpp's keys hold one each. */
    @Test
    void endsReachGeneration() throws IOException {
        Path model = TestData.path("models/TinyStories-656K");
        Path folder = Files.createDirectory(temp.resolve("ends"));
        for (String name :
                new String[] {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}) {
            Files.copy(model.resolve(name), folder.resolve(name));
        }
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [2, 9, 11]}");
        Path gguf = temp.resolve("ends.gguf");
        try (Checkpoint c = HuggingFace.open(folder)) {
            GgufConverter.convert(c, gguf, ConvertOptions.NONE, (tensor, done, total) -> {});
        }
        for (Path path : new Path[] {folder, gguf}) {
            try (var loaded = Keiryo.load(path, EngineOptions.defaults().withThreads(1))) {
                assertTrue(loaded.endOfText().containsAll(Set.of(2, 9, 11)), path + ": " + loaded.endOfText());
            }
        }
        try (Checkpoint c = Gguf.open(gguf)) {
            assertEquals(2, c.metadata().integer("tokenizer.ggml.eos_token_id"));
            assertEquals(9, c.metadata().integer("tokenizer.ggml.eot_token_id"));
            assertArrayEquals(new long[] {2, 9, 11}, c.metadata().integersOrNull("tokenizer.ggml.eos_token_ids"));
        }
    }

    private static ObjectNode config(String name) throws IOException {
        return (ObjectNode) SmallFolder.named(name).get("config").deepCopy();
    }

    private Path folder(String name, JsonNode config, @Nullable String generation) throws IOException {
        Path folder = SmallFolder.write(temp.resolve(name), SmallFolder.named(name), config);
        if (generation != null) {
            Files.writeString(folder.resolve("generation_config.json"), generation);
        }
        return folder;
    }
}
