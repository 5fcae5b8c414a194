package dev.keiryo.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Floats;
import dev.keiryo.Logits;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.huggingface.SmallFolder;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.TensorType;
import dev.keiryo.tensor.Weight;
import dev.keiryo.tokenizer.GgufTokenizer;
import dev.keiryo.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

class GgufConverterTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @CsvSource({
        "F32, 0, 1e-6",
        "F16, 1, 3e-3",
        "BF16, 32, 2e-2",
        "Q8_0, 7, 2e-2",
        "Q5_1, 9, 0.15",
        "Q4_0, 2, 0.2",
        "IQ4_NL, 25, 0.2"
    })
    void matricesTakeTheTypeAskedFor(Recipe recipe, int fileType, double bound) throws IOException {
        JsonNode model = SmallFolder.named("mixtral");
        Path folder = SmallFolder.write(temp.resolve("mixtral"), model);
        Path target = temp.resolve("m.gguf");
        List<String> told = new ArrayList<>();
        try (Checkpoint source = Checkpoints.open(folder)) {
            GgufConverter.convert(source, target, recipe, (tensor, done, total) -> {
                told.add(tensor);
                assertTrue(done <= total);
            });
            assertEquals(Files.size(target), GgufConverter.fileBytes(source, ConvertOptions.of(recipe)));
        }
        try (Checkpoint converted = Gguf.open(target)) {
            assertEquals(fileType, converted.metadata().integer("general.file_type"));
            assertEquals("no_vocab", converted.metadata().string("tokenizer.ggml.model"));
            Weight experts = converted.weight("blk.1.ffn_down_exps.weight");
            assertArrayEquals(new long[] {4, 64, 96}, experts.shape());
            assertEquals(TensorType.valueOf(recipe.name()), experts.type());
            assertEquals(
                    TensorType.F32,
                    converted.weight("blk.1.ffn_gate_inp.weight").type());
            assertEquals(
                    converted.weights().stream().map(Weight::name).toList(),
                    told.stream().distinct().toList(),
                    "progress names the tensors in their order");
        }
        double error = Floats.relativeRms(Logits.of(Gguf.open(target), model), Logits.floats(model.get("expected")));
        assertTrue(error <= bound, recipe + ": relative RMS error " + error);
    }

    /** A folder's {@code tokenizer.json} against the GGUF vocabulary that llama.cpp made of the same model. */
    @Test
    void sentencePieceVocabularyEqualsLlamaCpps() throws IOException {
        Path folder = folderWith(TestData.path("tokenizers/llama2"));
        Metadata made = converted(folder);
        try (Checkpoint reference = Gguf.open(TestData.path("tokenizers/ggml-vocab/ggml-vocab-llama-spm.gguf"))) {
            Metadata expected = reference.metadata();
            for (String key : List.of("model", "pre")) {
                assertEquals(expected.string("tokenizer.ggml." + key), made.string("tokenizer.ggml." + key));
            }
            for (String key : List.of("bos_token_id", "eos_token_id", "unknown_token_id")) {
                assertEquals(expected.integer("tokenizer.ggml." + key), made.integer("tokenizer.ggml." + key), key);
            }
            assertTrue(made.bool("tokenizer.ggml.add_bos_token", false));
            assertArrayEquals(expected.strings("tokenizer.ggml.tokens"), made.strings("tokenizer.ggml.tokens"));
            assertArrayEquals(
                    expected.integersOrNull("tokenizer.ggml.token_type"),
                    made.integersOrNull("tokenizer.ggml.token_type"));
            Tokenizer theirs = GgufTokenizer.from(expected);
            Tokenizer ours = GgufTokenizer.from(made);
            assertNotNull(theirs);
            assertNotNull(ours);
            String text = Files.readString(TestData.path("tokenizers/bpe-training-reference/tinystories_sample.txt"));
            assertArrayEquals(
                    theirs.encode(text, Tokenizer.SpecialTokens.LITERAL, true),
                    ours.encode(text, Tokenizer.SpecialTokens.LITERAL, true));
        }
    }

    @Test
    void byteLevelVocabularyIsRecognizedByItsPattern() throws IOException {
        Path small = TestData.path("tokenizers/small/tiny_bpe_tokenizer.json");
        Path folder = Files.createDirectory(temp.resolve("small"));
        Files.copy(small, folder.resolve("tokenizer.json"));
        Metadata made = converted(folderWith(folder));
        assertEquals("gpt2", made.string("tokenizer.ggml.model"));
        assertEquals("qwen2", made.string("tokenizer.ggml.pre"));
        assertEquals("<|im_end|>", made.strings("tokenizer.ggml.tokens")[2002]);
        long[] types = made.integersOrNull("tokenizer.ggml.token_type");
        assertNotNull(types);
        assertArrayEquals(new long[] {1, 3, 5}, new long[] {types[0], types[2002], types[2003]});
    }

    /** A small model with the tokenizer files of {@code tokenizer} and as many tokens as the largest needs. */
    private Path folderWith(Path tokenizer) throws IOException {
        JsonNode model = SmallFolder.named("qwen2-yarn").deepCopy();
        ((ArrayNode) model.get("tensors").get("model.embed_tokens.weight").get(0)).set(0, 32_000);
        Path folder = SmallFolder.write(temp.resolve("with-tokenizer"), model);
        for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
            if (Files.exists(tokenizer.resolve(name))) {
                Files.copy(tokenizer.resolve(name), folder.resolve(name));
            }
        }
        return folder;
    }

    private Metadata converted(Path folder) throws IOException {
        Path target = temp.resolve("tokenizer.gguf");
        try (Checkpoint source = Checkpoints.open(folder)) {
            GgufConverter.convert(source, target, ConvertOptions.NONE, (tensor, done, total) -> {});
        }
        try (Checkpoint c = Gguf.open(target)) {
            return c.metadata();
        }
    }
}
