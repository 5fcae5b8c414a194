package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Ids and decoded texts that another implementation computed for a set of awkward texts. */
final class TokenizerVectorsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "all-minilm-l6-v2",
                "llama2",
                "mistral-v1",
                "tinystories-656k",
                "llama3",
                "qwen3",
                "gemma3",
                "deepseek_v3",
                "gptoss"
            })
    void equalToVectors(String name) throws IOException {
        Tokenizer tokenizer = Vocabularies.load(name);
        List<String> lines = Files.readAllLines(TestData.path("tokenizers/vectors-hf/" + name + ".jsonl"));
        for (String line : lines) {
            JsonNode vector = MAPPER.readTree(line);
            String text = vector.get("text").stringValue();
            if (name.equals("all-minilm-l6-v2") && text.codePoints().anyMatch(c -> c >= 0x20000)) {
                continue; // see the test below
            }
            int[] ids = ids(vector.get("ids"));
            assertArrayEquals(ids, tokenizer.encode(text, Tokenizer.SpecialTokens.PARSED, false), text);
            assertArrayEquals(
                    ids(vector.get("ids_with_special")),
                    tokenizer.encode(text, Tokenizer.SpecialTokens.PARSED, true),
                    text);
            if (vector.get("decoded").isString()) {
                assertEquals(vector.get("decoded").stringValue(), tokenizer.decode(ids, false), text);
            }
        }
    }

    /**
     * The author of MiniLM's vectors puts no spaces around ideographs beyond the basic plane; the library that wrote the
     * vocabulary does, and so do we.
     */
    @Test
    void ideographsBeyondTheBasicPlane() throws IOException {
        Tokenizer ours = Vocabularies.load("all-minilm-l6-v2");
        int seen = 0;
        try (RustTokenizer theirs = RustTokenizer.read(Vocabularies.file("all-minilm-l6-v2"))) {
            for (String line : Files.readAllLines(TestData.path("tokenizers/vectors-hf/all-minilm-l6-v2.jsonl"))) {
                JsonNode vector = MAPPER.readTree(line);
                String text = vector.get("text").stringValue();
                if (text.codePoints().anyMatch(c -> c >= 0x20000)) {
                    for (boolean special : new boolean[] {false, true}) {
                        int[] expected = theirs.encode(text, special);
                        assertArrayEquals(expected, ours.encode(text, Tokenizer.SpecialTokens.PARSED, special), text);
                    }
                    assertFalse(Arrays.equals(ids(vector.get("ids")), theirs.encode(text, false)), text);
                    seen++;
                }
            }
        }
        assertEquals(1, seen);
    }

    private static int[] ids(JsonNode array) {
        return array.values().stream().mapToInt(JsonNode::intValue).toArray();
    }
}
