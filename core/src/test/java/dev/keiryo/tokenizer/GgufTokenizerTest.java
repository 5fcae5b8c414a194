package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class GgufTokenizerTest {
    private static final Pattern SEPARATOR = Pattern.compile("\n__ggml_vocab_test__\n");

    static Tokenizer load(Path gguf) throws IOException {
        try (Gguf file = Gguf.open(gguf)) {
            return Objects.requireNonNull(GgufTokenizer.from(file.metadata()));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert-bge", "deepseek-llm", "gpt-2", "llama-spm", "mpt", "phi-3"})
    void equalsReferenceIds(String name) throws IOException {
        Path gguf = TestData.path("tokenizers/ggml-vocab/ggml-vocab-" + name + ".gguf");
        assertEqualsVectors(load(gguf), gguf);
    }

    /** The vocabularies of these two come as tokenizer.json only. */
    @ParameterizedTest
    @CsvSource({"llama-bpe,llama3", "qwen2,qwen3"})
    void vectorsOfAbsentFiles(String vectors, String vocabulary) throws IOException {
        Path beside = TestData.path("tokenizers/ggml-vocab/ggml-vocab-" + vectors + ".gguf.inp");
        assertEqualsVectors(Vocabularies.load(vocabulary), beside.resolveSibling("ggml-vocab-" + vectors + ".gguf"));
    }

    /** MiniLM and BGE share BERT's vocabulary; these ids come from MiniLM's tokenizer.json. */
    @Test
    void bertEqualsTokenizerJson() throws IOException {
        Tokenizer gguf = load(TestData.path("tokenizers/ggml-vocab/ggml-vocab-bert-bge.gguf"));
        for (String line : Files.readAllLines(TestData.path("tokenizers/vectors-hf/all-minilm-l6-v2.jsonl"))) {
            JsonNode vector = new ObjectMapper().readTree(line);
            String text = vector.get("text").stringValue();
            if (text.contains("𠮷")) {
                continue; // that program, unlike BERT's own, sees no ideographs beyond the basic plane
            }
            assertArrayEquals(
                    vector.get("ids_with_special").values().stream()
                            .mapToInt(JsonNode::intValue)
                            .toArray(),
                    gguf.encode(text, SpecialTokens.PARSED, true),
                    text);
        }
    }

    /** Encodes the texts of {@code gguf.inp} and compares with {@code gguf.out}. */
    static void assertEqualsVectors(Tokenizer tokenizer, Path gguf) throws IOException {
        String[] texts = SEPARATOR.split(Files.readString(gguf.resolveSibling(gguf.getFileName() + ".inp")), -1);
        List<String> expected = List.of(Files.readString(gguf.resolveSibling(gguf.getFileName() + ".out"))
                .split("\n", -1));
        assertEquals(expected.size(), texts.length);
        for (int i = 0; i < texts.length; i++) {
            int[] ids = tokenizer.encode(texts[i], SpecialTokens.PARSED, false);
            assertEquals(
                    expected.get(i).strip(),
                    String.join(
                            " ", Arrays.stream(ids).mapToObj(String::valueOf).toList()),
                    "text " + i + ": \"" + texts[i] + "\"");
        }
    }

    @Test
    void addsWhatTheModelExpects() throws IOException {
        Tokenizer bert = load(TestData.path("tokenizers/ggml-vocab/ggml-vocab-bert-bge.gguf"));
        assertArrayEquals(new int[] {101, 7592, 102}, bert.encode("Hello", SpecialTokens.PARSED, true));
        Tokenizer llama = load(TestData.path("tokenizers/ggml-vocab/ggml-vocab-llama-spm.gguf"));
        assertArrayEquals(new int[] {1, 15043}, llama.encode("Hello", SpecialTokens.PARSED, true));
        assertArrayEquals(new int[] {1, 15043}, llama.encode("<s>Hello", SpecialTokens.PARSED, false));
        assertEquals("Hello", llama.decode(new int[] {1, 15043}, true));
    }

    private static Metadata metadata(Map<String, MetadataValue> values) {
        return new Metadata("test", values);
    }

    /** A unigram vocabulary of which the segmentations are plain to see. */
    private static Map<String, MetadataValue> unigram() {
        Map<String, MetadataValue> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", MetadataValue.of("t5"));
        values.put(
                "tokenizer.ggml.tokens",
                MetadataValue.of(new String[] {"<pad>", "</s>", "<unk>", "▁", "a", "b", "ab", "▁a", "<x>"}));
        values.put("tokenizer.ggml.scores", MetadataValue.of(new double[] {0, 0, 0, -2, -3, -3, -4, -4, 0}));
        values.put("tokenizer.ggml.token_type", MetadataValue.of(new long[] {3, 3, 2, 1, 1, 1, 1, 1, 4}));
        values.put("tokenizer.ggml.add_space_prefix", MetadataValue.of(true));
        values.put("tokenizer.ggml.remove_extra_whitespaces", MetadataValue.of(true));
        return values;
    }

    @Test
    void unigramFromMetadata() throws IOException {
        Tokenizer tokenizer = Objects.requireNonNull(GgufTokenizer.from(metadata(unigram())));
        // ▁ ab (-6) beats ▁a b (-7)
        assertArrayEquals(new int[] {3, 6, 1}, tokenizer.encode("  ab  ", SpecialTokens.PARSED, true));
        // unknowns in a row are one
        assertArrayEquals(new int[] {7, 2, 4}, tokenizer.encode("axyza", SpecialTokens.PARSED, false));
        assertArrayEquals(new int[] {7, 8, 7}, tokenizer.encode("a<x>a", SpecialTokens.LITERAL, false));
        assertEquals("ab", tokenizer.decode(new int[] {3, 6, 1}, true));
    }

    @Test
    void noVocabularyIsNull() throws IOException {
        assertEquals(null, GgufTokenizer.from(metadata(Map.of())));
        assertEquals(null, GgufTokenizer.from(metadata(Map.of("tokenizer.ggml.model", MetadataValue.of("no_vocab")))));
    }

    @Test
    void wrongMetadataNamesTheKey() {
        assertWrong("tokenizer.ggml.tokens", "tokenizer.ggml.tokens", null);
        assertWrong("tokenizer.ggml.model", "tokenizer.ggml.model", MetadataValue.of("rwkv"));
        assertWrong("scores", "tokenizer.ggml.scores", MetadataValue.of(new double[] {1}));
        assertWrong(
                "scores", "tokenizer.ggml.scores", MetadataValue.of(new double[] {0, 0, 0, Double.NaN, 0, 0, 0, 0, 0}));
        assertWrong("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eos_token_id", MetadataValue.of(9));
        assertWrong("charsmap", "tokenizer.ggml.precompiled_charsmap", MetadataValue.of(new long[] {1, 2, 3}));
        assertWrong("tokenizer.ggml.merges", "tokenizer.ggml.model", MetadataValue.of("gpt2"));
    }

    private static void assertWrong(
            String inMessage, String key, @org.jspecify.annotations.Nullable MetadataValue value) {
        Map<String, MetadataValue> values = unigram();
        if (value == null) {
            values.remove(key);
        } else {
            values.put(key, value);
        }
        FormatException e = assertThrows(FormatException.class, () -> GgufTokenizer.from(metadata(values)));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains(inMessage), message);
    }
}
