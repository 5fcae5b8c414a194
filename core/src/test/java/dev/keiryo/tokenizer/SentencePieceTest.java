package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Hostile;
import dev.keiryo.TestData;
import dev.keiryo.llama2c.Llama2c;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Against what SentencePiece itself makes of the same models: see {@code sentencepiece/make.py} in the resources. */
class SentencePieceTest {
    private static final String FOLDER = "sentencepiece/";

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = SentencePieceTest.class.getResourceAsStream(FOLDER + name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private static Tokenizer load(String name) throws IOException {
        return SentencePiece.assemble(name, SentencePieceModel.parse(name, resource(name + ".model")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"unigram", "unigram-bytes", "bpe", "bpe-plain", "word", "char", "suffix", "rules"})
    void equalsSentencePiece(String name) throws IOException {
        assertEqualsExpected(load(name), name);
    }

    @Test
    void nfkcTableEqualsSentencePiece() throws IOException {
        assertEqualsExpected(SentencePiece.read(TestData.path("tokenizers/small/m.model")), "m");
    }

    @Test
    void stories260kEqualsSentencePiece() throws IOException {
        assertEqualsExpected(SentencePiece.read(TestData.path("models/stories260K/tok512.model")), "tok512");
    }

    @Test
    void llama2EqualsSentencePiece() throws IOException {
        assertEqualsExpected(SentencePiece.read(TestData.path("tokenizers/llama2/tokenizer.model")), "llama2");
    }

    private static void assertEqualsExpected(Tokenizer tokenizer, String name) throws IOException {
        int compared = 0;
        for (String line : new String(resource("expected.jsonl"), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            JsonNode vector = new ObjectMapper().readTree(line);
            if (!vector.get("model").stringValue().equals(name)) {
                continue;
            }
            compared++;
            String text = vector.get("text").stringValue();
            if (name.equals("suffix") && text.equals("▁▁ ▁")) {
                continue; // nothing is left of it, and SentencePiece still adds a suffix to that
            }
            int[] expected = vector.get("ids").values().stream()
                    .mapToInt(JsonNode::intValue)
                    .toArray();
            assertArrayEquals(expected, tokenizer.encode(text, SpecialTokens.LITERAL, false), "\"" + text + "\"");
            // SentencePiece spells an unknown as " ⁇ ", which says less than the piece
            String decoded = vector.get("decoded").stringValue();
            if (!decoded.contains("⁇")) {
                assertEquals(decoded, tokenizer.decode(expected, true), text);
            }
        }
        assertEquals(50, compared);
    }

    @Test
    void modelGgufAndJsonOfLlama2Agree() throws IOException {
        Tokenizer model = SentencePiece.read(TestData.path("tokenizers/llama2/tokenizer.model"));
        Tokenizer gguf = GgufTokenizerTest.load(TestData.path("tokenizers/ggml-vocab/ggml-vocab-llama-spm.gguf"));
        Tokenizer json = Vocabularies.load("llama2");
        agree(List.of(model, gguf, json), true);
        assertEquals(1, model.bos());
        assertEquals(2, model.eos());
    }

    @Test
    void modelAndLlama2cFileOfStories260kAgree() throws IOException {
        Tokenizer model = SentencePiece.read(TestData.path("models/stories260K/tok512.model"));
        TestData.path("models/stories260K/tok512.bin");
        try (Llama2c checkpoint = Llama2c.open(TestData.path("models/stories260K/stories260K.bin"))) {
            // the .bin file says nothing of the .model's trimming of spaces, so line ends are cut and spaces single
            Tokenizer bin = Objects.requireNonNull(GgufTokenizer.from(checkpoint.metadata()));
            for (String line : Vocabularies.lines("en")) {
                String text = line.strip().replaceAll(" +", " ");
                assertArrayEquals(
                        model.encode(text, SpecialTokens.LITERAL, false),
                        bin.encode(text, SpecialTokens.LITERAL, false),
                        text);
            }
        }
    }

    @Test
    void ggufAndJsonOfGpt2Agree() throws IOException {
        Tokenizer gguf = GgufTokenizerTest.load(TestData.path("tokenizers/ggml-vocab/ggml-vocab-gpt-2.gguf"));
        JsonNode encoder = new ObjectMapper().readTree(Files.readString(TestData.path("tokenizers/gpt2/encoder.json")));
        String[] pieces = new String[encoder.size()];
        encoder.properties().forEach(e -> pieces[e.getValue().intValue()] = e.getKey());
        List<Bpe.Merge> merges = Files.readAllLines(TestData.path("tokenizers/gpt2/vocab.bpe")).stream()
                .filter(line -> !line.startsWith("#version") && !line.isEmpty())
                .map(line -> new Bpe.Merge(line.substring(0, line.indexOf(' ')), line.substring(line.indexOf(' ') + 1)))
                .toList();
        Tokenizer files = new Tokenizer(new Tokenizer.Parts(
                Bpe.ofMerges("gpt2", pieces, merges, Bpe.Options.BYTE_LEVEL),
                List.of(),
                Normalizer.NONE,
                PreTokenizers.gpt2(),
                PostProcessor.NONE,
                Decoders.byteLevel(),
                -1,
                -1));
        agree(List.of(gguf, files), true);
    }

    /** Every line of the corpora has the same ids with all of them, and comes back where nothing is unknown. */
    static void agree(List<Tokenizer> tokenizers, boolean reversible) throws IOException {
        for (String folder : List.of("en", "ja")) {
            for (String line : Vocabularies.lines(folder)) {
                int[] first = tokenizers.getFirst().encode(line, SpecialTokens.LITERAL, false);
                for (Tokenizer other : tokenizers) {
                    assertArrayEquals(first, other.encode(line, SpecialTokens.LITERAL, false), line);
                    if (reversible) {
                        assertEquals(line, other.decode(first, true));
                    }
                }
            }
        }
    }

    @Test
    void linearInTheLength() throws IOException {
        String letters = "a".repeat(1_000_000);
        for (String name : List.of("unigram", "unigram-bytes", "bpe", "bpe-plain", "char", "word")) {
            Tokenizer tokenizer = load(name);
            long start = System.nanoTime();
            tokenizer.encode(letters, SpecialTokens.LITERAL, false);
            assertTrue(System.nanoTime() - start < 10_000_000_000L, name);
        }
    }

    @Test
    void damagedModels() throws IOException {
        for (String name : List.of("word", "rules")) {
            byte[] file = resource(name + ".model");
            Hostile hostile = new Hostile(
                    bytes -> SentencePiece.assemble("test", SentencePieceModel.parse("test", bytes))
                            .encode("kami 日本 aaa", SpecialTokens.LITERAL, false),
                    64 << 20);
            hostile.byteFlips(file, 300, 3);
            for (int n = 0; n < file.length; n += 7) {
                hostile.accepts(java.util.Arrays.copyOf(file, n));
            }
        }
        Hostile.refused("no pieces", () -> SentencePieceModel.parse("test", new byte[0]));
        Hostile.refused(
                "only 3 are left", () -> SentencePieceModel.parse("test", new byte[] {10, -1, -1, -1, -1, 7, 1, 2, 3}));
    }

    @Test
    void modelAndRankFileAreToldApart(@org.junit.jupiter.api.io.TempDir Path folder) throws IOException {
        Path file = folder.resolve("tokenizer.model");
        Files.write(file, resource("word.model"));
        assertTrue(SentencePiece.read(file).size() > 100);
        Files.writeString(file, "AA== 0\nAQ== 1\n");
        assertEquals(2, SentencePiece.read(file).size());
    }
}
