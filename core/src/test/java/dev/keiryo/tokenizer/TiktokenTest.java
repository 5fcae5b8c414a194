package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Hostile;
import dev.keiryo.TestData;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class TiktokenTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(strings = {"cl100k_base", "o200k_base"})
    void equalsVectors(String name) throws IOException {
        assertEqualsVectors(Tiktoken.read(TestData.path("tokenizers/tiktoken/" + name + ".tiktoken")), name);
    }

    /** GPT-2's encoder.json is r50k_base in other clothes. */
    @Test
    void r50kEqualsVectors() throws IOException {
        assertEqualsVectors(Tiktoken.parse("r50k", r50k(), null), "r50k_base");
    }

    private static byte[] r50k() throws IOException {
        JsonNode encoder = MAPPER.readTree(Files.readString(TestData.path("tokenizers/gpt2/encoder.json")));
        StringBuilder ranks = new StringBuilder();
        encoder.properties().forEach(entry -> {
            byte[] token = ByteAlphabet.decode(entry.getKey());
            if (entry.getValue().intValue() < 50256) {
                ranks.append(Base64.getEncoder().encodeToString(Objects.requireNonNull(token)))
                        .append(' ')
                        .append(entry.getValue().intValue())
                        .append('\n');
            }
        });
        return ranks.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void assertEqualsVectors(Tokenizer tokenizer, String name) throws IOException {
        List<String> lines = Files.readAllLines(TestData.path("tokenizers/vectors-tiktoken/" + name + ".jsonl"));
        assertTrue(lines.size() > 10);
        for (String line : lines) {
            JsonNode vector = MAPPER.readTree(line);
            String text = vector.get("text").stringValue();
            int[] expected = vector.get("ids").values().stream()
                    .mapToInt(JsonNode::intValue)
                    .toArray();
            assertArrayEquals(expected, tokenizer.encode(text, SpecialTokens.LITERAL, false), text);
            assertEquals(text, tokenizer.decode(expected, false));
        }
    }

    @Test
    void specialTokensOfKnownEncodings() throws IOException {
        Tokenizer tokenizer = Tiktoken.read(TestData.path("tokenizers/tiktoken/o200k_base.tiktoken"));
        assertArrayEquals(new int[] {199999}, tokenizer.encode("<|endoftext|>", SpecialTokens.PARSED, false));
        assertEquals(200018, tokenizer.id("<|endofprompt|>"));
        assertEquals(199999, tokenizer.eos());
        assertEquals(128009, Tiktoken.Encoding.LLAMA3.special().get("<|eot_id|>"));
        assertEquals(128011, Tiktoken.Encoding.LLAMA3.special().get("<|reserved_special_token_3|>"));
        assertEquals(128255, Tiktoken.Encoding.LLAMA3.special().get("<|reserved_special_token_247|>"));
        assertEquals(256, Tiktoken.Encoding.LLAMA3.special().size());
        assertEquals(151850, Tiktoken.Encoding.QWEN.special().get("<|extra_204|>"));
    }

    /** A tokenizer.model may be either kind of file. */
    @Test
    void smallRankFileNamedModel() throws IOException {
        Path file = TestData.path("tokenizers/small/tiktoken_small.model");
        Tokenizer tokenizer = SentencePiece.read(file);
        assertEquals(2000, tokenizer.size());
        for (String folder : List.of("en", "ja")) {
            for (String line : Vocabularies.lines(folder)) {
                int[] ids = tokenizer.encode(line, SpecialTokens.LITERAL, false);
                assertEquals(line, tokenizer.decode(ids, false));
            }
        }
    }

    /** The definition of tiktoken's merging, on bytes, without any cleverness. */
    @Test
    void equalsDefinition() throws IOException {
        Path file = TestData.path("tokenizers/small/tiktoken_small.model");
        Tokenizer tokenizer = Tiktoken.read(file);
        java.util.Map<String, Integer> ranks = new java.util.HashMap<>();
        for (String line : Files.readAllLines(file)) {
            int space = line.indexOf(' ');
            byte[] token = Base64.getDecoder().decode(line.substring(0, space));
            ranks.put(new String(token, StandardCharsets.ISO_8859_1), Integer.parseInt(line.substring(space + 1)));
        }
        for (String word : List.of(" something", "aaaaaaaaaaaaaaaaaaaaaaaaaa", " unbelievable", "日本語", "ancestress")) {
            List<String> parts = new ArrayList<>();
            for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
                parts.add(String.valueOf((char) (b & 0xFF)));
            }
            while (true) {
                int best = -1;
                for (int i = 0; i + 1 < parts.size(); i++) {
                    Integer rank = ranks.get(parts.get(i) + parts.get(i + 1));
                    if (rank != null
                            && (best < 0 || rank < ranks.getOrDefault(parts.get(best) + parts.get(best + 1), -1))) {
                        best = i;
                    }
                }
                if (best < 0) {
                    break;
                }
                parts.set(best, parts.get(best) + parts.remove(best + 1));
            }
            assertArrayEquals(
                    parts.stream()
                            .mapToInt(p -> Objects.requireNonNull(ranks.get(p)))
                            .toArray(),
                    tokenizer.encode(word, SpecialTokens.LITERAL, false),
                    word);
        }
    }

    @Test
    void damagedFiles() throws IOException {
        StringBuilder file = new StringBuilder();
        for (int b = 0; b < 256; b++) {
            file.append(Base64.getEncoder().encodeToString(new byte[] {(byte) b}))
                    .append(' ')
                    .append(b)
                    .append('\n');
        }
        byte[] data = file.toString().getBytes(StandardCharsets.ISO_8859_1);
        Hostile hostile = new Hostile(
                bytes -> Tiktoken.parse("test", bytes, Tiktoken.Encoding.PLAIN)
                        .encode("a b", SpecialTokens.LITERAL, false),
                64 << 20);
        hostile.byteFlips(data, 300, 5);
        assertWrong("rank", "AA== 0\nAQ== 0\n");
        assertWrong("base64", "A 0\n");
        assertWrong("rank", "AA== x\n");
        assertWrong("line", "AA==\n");
        assertWrong("largest rank", "AA== 900000000\n");
    }

    private static void assertWrong(String inMessage, String content) {
        Hostile.refused(
                inMessage,
                () -> Tiktoken.parse("test", content.getBytes(StandardCharsets.ISO_8859_1), Tiktoken.Encoding.PLAIN));
    }
}
