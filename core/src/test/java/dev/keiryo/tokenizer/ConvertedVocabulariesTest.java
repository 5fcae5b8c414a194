package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.huggingface.HuggingFace;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Folders' tokenizers under GGUF's keys: against llama.cpp's conversions, and against the tokenizers themselves. */
class ConvertedVocabulariesTest {
    private static final String KEY = "tokenizer.ggml.";
    /** Letters that normalization composes or narrows, spaces that it may drop. */
    private static final List<String> UNUSUAL = List.of("cafe\u0301 か\u3099", "Ａ ﬁ ①", " a  b ", "  x\t\n y\n");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "llama2, 32000, llama, default",
        "mistral-v1, 32000, llama, default",
        "all-minilm-l6-v2, 30522, bert, default",
        "gemma3, 262208, llama, default",
        "tiny-bpe, 2003, gpt2, qwen2",
        "llama3, 128256, gpt2, llama-bpe",
        "llama3_1, 128256, gpt2, llama-bpe",
        "qwen3, 151936, gpt2, qwen2",
        "deepseek_v3, 129280, gpt2, deepseek-v3",
        "gptoss, 201088, gpt2, gpt-4o"
    })
    void tokenizerJsonEncodesAlike(String name, int tokens, String model, String pre) throws IOException {
        Path file = Vocabularies.file(name);
        Files.copy(file, folder.resolve("tokenizer.json"));
        Path config = file.resolveSibling("tokenizer_config.json");
        if (Files.exists(config)) {
            Files.copy(config, folder.resolve("tokenizer_config.json"));
        }
        Metadata made = converted(tokens);
        assertEquals(model, made.string(KEY + "model"));
        assertEquals(pre, made.string(KEY + "pre"));
        assertEquals(tokens, made.strings(KEY + "tokens").length);
        assertEncodesAlike(TokenizerFiles.open(folder), made, 5);
    }

    @Test
    void sentencePieceBpeEqualsLlamaCpps() throws IOException {
        Files.copy(TestData.path("tokenizers/llama2/tokenizer.model"), folder.resolve("tokenizer.model"));
        Metadata made = converted(32000);
        try (Gguf reference = Gguf.open(TestData.path("tokenizers/ggml-vocab/ggml-vocab-llama-spm.gguf"))) {
            Metadata theirs = reference.metadata();
            for (String key : theirs.values().keySet()) {
                if (key.startsWith("tokenizer.")) {
                    assertEquals(theirs.find(key), made.find(key), key);
                }
            }
        }
        assertEncodesAlike(TokenizerFiles.open(folder), made, 5);
    }

    @Test
    void sentencePieceUnigramEncodesAlike() throws IOException {
        Files.copy(TestData.path("tokenizers/small/m.model"), folder.resolve("spiece.model"));
        Metadata made = converted(2100);
        assertEquals("t5", made.string(KEY + "model"));
        assertEquals("[PAD2050]", made.strings(KEY + "tokens")[2050]);
        assertEncodesAlike(TokenizerFiles.open(folder), made, 5);
    }

    /** As {@code transformers} converts T5's and XLM-RoBERTa's (E5's) models to {@code tokenizer.json}. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'type': 'Sequence', 'normalizers': [%s, {'type': 'Strip', 'strip_left': false, 'strip_right': true},"
                        + "{'type': 'Replace', 'pattern': {'Regex': ' {2,}'}, 'content': '▁'}]}"
                        + "| {'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': 'always', 'split': true} | 0",
                "%s | {'type': 'Sequence', 'pretokenizers': [{'type': 'WhitespaceSplit'},"
                        + "{'type': 'Metaspace', 'replacement': '▁', 'add_prefix_space': true}]} | 1"
            })
    void unigramTokenizerJsonEncodesAlike(String normalizer, String preTokenizer, int bos) throws IOException {
        Path file = TestData.path("tokenizers/small/m.model");
        SentencePieceModel model = SentencePieceModel.parse("m.model", Files.readAllBytes(file));
        byte[] charsmap =
                Objects.requireNonNull(model.normalization().charsmap()).stored();
        assertTrue(
                new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
                        .contains(new String(charsmap, StandardCharsets.ISO_8859_1)),
                "the table is given back as it was");
        String precompiled = "{'type': 'Precompiled', 'precompiled_charsmap': '"
                + Base64.getEncoder().encodeToString(charsmap) + "'}";
        ArrayNode vocab = JsonNodeFactory.instance.arrayNode();
        model.pieces().forEach(p -> vocab.addArray().add(p.text()).add(p.score()));
        String first = bos == 1 ? "{'SpecialToken': {'id': '<s>', 'type_id': 0}}, " : "";
        String json = ("{'added_tokens': [{'id': 0, 'content': '<unk>', 'special': true},"
                        + "{'id': 1, 'content': '<s>', 'special': true}, {'id': 2, 'content': '</s>', 'special': true}],"
                        + "'normalizer': " + normalizer.replace("%s", precompiled) + ", 'pre_tokenizer': "
                        + preTokenizer + ", 'post_processor': {'type': 'TemplateProcessing', 'single': [" + first
                        + "{'Sequence': {'id': 'A', 'type_id': 0}}, {'SpecialToken': {'id': '</s>', 'type_id': 0}}],"
                        + "'pair': [], 'special_tokens': {"
                        + "'<s>': {'id': '<s>', 'ids': [1], 'tokens': ['<s>']},"
                        + "'</s>': {'id': '</s>', 'ids': [2], 'tokens': ['</s>']}}},"
                        + "'decoder': {'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': 'always'},"
                        + "'model': {'type': 'Unigram', 'unk_id': 0, 'vocab': ")
                .replace('\'', '"');
        Files.writeString(folder.resolve("tokenizer.json"), json + vocab + "}}");
        Files.writeString(folder.resolve("special_tokens_map.json"), """
                {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}""");
        Metadata made = converted(2100);
        assertEquals("t5", made.string(KEY + "model"));
        assertEquals(bos == 1, made.bool(KEY + "add_bos_token", bos == 0));
        assertTrue(made.bool(KEY + "add_eos_token", false));
        assertEncodesAlike(TokenizerFiles.open(folder), made, 5);
    }

    @Test
    void addedTokensComeFromBesideTheVocabulary() throws IOException {
        Files.copy(TestData.path("tokenizers/llama2/tokenizer.model"), folder.resolve("tokenizer.model"));
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<|turn|>\": 32001, \"word▁s\": 32002}");
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"added_tokens_decoder": {"32000": {"content": "<end>", "special": true}},
                 "eos_token": "<end>", "add_bos_token": false}""");
        Metadata made = converted(32064);
        String[] texts = made.strings(KEY + "tokens");
        long[] types = Objects.requireNonNull(made.integersOrNull(KEY + "token_type"));
        assertEquals(
                List.of("<end>", "<|turn|>", "word s", "[PAD32003]"),
                List.of(texts).subList(32000, 32004));
        assertArrayEquals(new long[] {3, 3, 4, 5}, Arrays.copyOfRange(types, 32000, 32004));
        assertEquals(32000, made.integer(KEY + "eos_token_id"));
        Tokenizer tokenizer = Objects.requireNonNull(GgufTokenizer.from(made));
        assertArrayEquals(new int[] {32000, 32002}, tokenizer.encode("<end>word s", SpecialTokens.PARSED, true));
    }

    @Test
    void gpt2EqualsLlamaCpps() throws IOException {
        for (String name : List.of("encoder.json", "vocab.bpe")) {
            Files.copy(TestData.path("tokenizers/gpt2/" + name), folder.resolve(name));
        }
        Files.writeString(folder.resolve("special_tokens_map.json"), """
                {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}""");
        Metadata made = converted(50257);
        try (Gguf reference = Gguf.open(TestData.path("tokenizers/ggml-vocab/ggml-vocab-gpt-2.gguf"))) {
            for (String key : reference.metadata().values().keySet()) {
                if (key.startsWith("tokenizer.")) {
                    assertEquals(reference.metadata().find(key), made.find(key), key);
                }
            }
        }
        assertEncodesAlike(TokenizerFiles.open(folder), made, 5);
    }

    @Test
    void qwen2FromVocabularyAndMerges() throws IOException {
        for (String name : List.of("vocab.json", "merges.txt")) {
            Files.copy(TestData.path("tokenizers/qwen2.5/" + name), folder.resolve(name));
        }
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|im_end|>", "bos_token": null,
                 "added_tokens_decoder": {"151643": {"content": "<|endoftext|>", "special": true},
                                          "151645": {"content": "<|im_end|>", "special": true}}}""");
        Metadata made = converted(151936);
        assertEquals("qwen2", made.string(KEY + "pre"));
        assertEquals(151645, made.integer(KEY + "eos_token_id"));
        Path vectors = TestData.path("tokenizers/ggml-vocab/ggml-vocab-qwen2.gguf.inp");
        GgufTokenizerTest.assertEqualsVectors(
                Objects.requireNonNull(GgufTokenizer.from(made)), vectors.resolveSibling("ggml-vocab-qwen2.gguf"));
        assertEncodesAlike(TokenizerFiles.open(folder), made, 5);
    }

    /** {@code vocab.txt} made of llama.cpp's conversion by undoing its marks. */
    @Test
    void wordPieceEqualsLlamaCpps() throws IOException {
        Metadata made;
        try (Gguf reference = Gguf.open(TestData.path("tokenizers/ggml-vocab/ggml-vocab-bert-bge.gguf"))) {
            Metadata theirs = reference.metadata();
            writeVocabulary(theirs.strings(KEY + "tokens"));
            made = converted(30522);
            for (String key : theirs.values().keySet()) {
                if (key.startsWith(KEY) && !key.endsWith(".pre") && !key.endsWith("_count")) {
                    assertEquals(theirs.find(key), made.find(key), key);
                }
            }
            assertEncodesAlike(Objects.requireNonNull(GgufTokenizer.from(theirs)), made, 5);
        }
        assertEncodesAlike(TokenizerFiles.open(folder), made, 5);
    }

    private void writeVocabulary(String[] marked) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String piece : marked) {
            boolean bracketed = piece.startsWith("[") && piece.endsWith("]");
            lines.add(bracketed ? piece : piece.startsWith("▁") ? piece.substring(1) : "##" + piece);
        }
        Files.writeString(folder.resolve("vocab.txt"), String.join("\n", lines) + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"do_lower_case\": false}                          | Hé hé      | 2 1 7 6 3",
                "{\"do_lower_case\": false, \"strip_accents\": true} | Hé hé      | 2 1 7 5 3",
                "{\"do_lower_case\": true}                           | Hé hé<x>ab | 2 7 5 7 5 9 8 4 3",
            })
    void capitalsAndAccentsStayWhereTheFolderSaysSo(String config, String text, String ids) throws IOException {
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n##b\n##e\n##é\nh\na\n");
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        Files.writeString(folder.resolve("added_tokens.json"), "{\"<x>\": 9}");
        Tokenizer own = TokenizerFiles.open(folder);
        Tokenizer made = Objects.requireNonNull(GgufTokenizer.from(converted(10)));
        int[] expected =
                Arrays.stream(ids.split(" ", -1)).mapToInt(Integer::parseInt).toArray();
        assertArrayEquals(expected, own.encode(text, SpecialTokens.PARSED, true));
        assertArrayEquals(expected, made.encode(text, SpecialTokens.PARSED, true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "vocab.txt                 | [UNK]                          | {\"tokenizer_class\": \"BertJapaneseTokenizer\"} | BertJapaneseTokenizer",
                "vocab.txt                 | [UNK]                          | {\"tokenize_chinese_chars\": false} | split as BERT",
                "vocab.txt                 | [UNK]                          | {\"do_lower_case\": 1}  | do_lower_case",
                "tokenizer.model           | no protobuf                    | {}                      | tokenizer.model",
                "sentencepiece.bpe.model   | x                              | {}                      | tokenizer.json",
                "tokenizer.model           | IQ== 0                         | {}                      | tiktoken ranks",
                "q.tiktoken                | IQ== 0                         | {}                      | tokenizer.json",
                "added_tokens.json         | {\"a\": -1}                    | {}                      | added_tokens.json",
                "added_tokens.json         | {\"a\": 4000000}               | {}                      | 4000000",
                "added_tokens.json         | [                              | {}                      | added_tokens.json",
                "tokenizer.json            | {\"model\": {\"type\": \"WordLevel\"}} | {}              | WordLevel",
                "tokenizer.json            | {\"model\": {\"type\": \"BPE\", \"vocab\": {}, \"merges\": []}, \"pre_tokenizer\": {\"type\": \"ByteLevel\"}, \"normalizer\": {\"type\": \"Lowercase\"}} | {} | Lowercase"
            })
    void whatGgufCannotHoldIsRefused(String name, String content, String config, String blamed) throws IOException {
        if (name.startsWith("added")) {
            Files.copy(TestData.path("tokenizers/small/m.model"), folder.resolve("tokenizer.model"));
        }
        Files.writeString(folder.resolve(name), content);
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        FormatException e = assertThrows(FormatException.class, () -> converted(4000));
        assertTrue(e.toString().contains(blamed), e.toString());
    }

    private Metadata converted(int tokens) throws IOException {
        return new Metadata(folder.toString(), HuggingFace.tokenizerMetadata(folder, tokens));
    }

    /** @param each how many lines of the corpora there are for each one that is encoded */
    private static void assertEncodesAlike(Tokenizer own, Metadata converted, int each) throws IOException {
        Tokenizer made = Objects.requireNonNull(GgufTokenizer.from(converted));
        List<String> lines = new ArrayList<>(Vocabularies.lines("en"));
        lines.addAll(Vocabularies.lines("ja"));
        for (int i = -UNUSUAL.size(); i < lines.size(); i += i < 0 ? 1 : each) {
            String line = i < 0 ? UNUSUAL.get(-1 - i) : lines.get(i);
            int[] expected = own.encode(line, SpecialTokens.PARSED, true);
            assertArrayEquals(expected, made.encode(line, SpecialTokens.PARSED, true), line);
            if (i % 64 == 0) {
                assertEquals(own.decode(expected, true), made.decode(expected, true), line);
            }
        }
    }
}
