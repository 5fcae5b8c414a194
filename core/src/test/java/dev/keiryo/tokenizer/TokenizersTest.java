package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.FormatException;
import dev.keiryo.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders: whole files, vocabularies with merges, and what lies beside them. */
final class TokenizersTest {
    @Test
    void configurationSaysBosAndTemplate() throws IOException {
        Path folder = TestData.path("tokenizers/llama2");
        Tokenizer tokenizer = Tokenizers.fromFolder(folder);
        assertEquals(1, tokenizer.bos());
        assertEquals(2, tokenizer.eos());
        assertTrue(tokenizer.isSpecial(1));
        assertArrayEquals(new int[] {1, 15043}, tokenizer.encode("Hello", Tokenizer.SpecialTokens.PARSED, true));
        assertNotNull(TokenizerConfig.read(folder).chatTemplate());
    }

    @Test
    void vocabularyAndMergesEqualTokenizerJson(@TempDir Path folder) throws IOException {
        Path source = TestData.path("tokenizers/qwen2.5");
        Files.copy(source.resolve("vocab.json"), folder.resolve("vocab.json"));
        Files.copy(source.resolve("merges.txt"), folder.resolve("merges.txt"));
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"tokenizer_class": "Qwen2Tokenizer", "eos_token": {"content": "<|im_end|>"}, "bos_token": null,
                 "added_tokens_decoder": {"151645": {"content": "<|im_end|>", "special": true}}}
                """);
        Tokenizer ours = Tokenizers.fromFolder(folder);
        Tokenizer whole = Vocabularies.load("qwen3");
        assertEquals(151645, ours.eos());
        for (String text : RandomUnicode.texts(new Random(5), 1000, ours)) {
            assertArrayEquals(
                    whole.encode(text, Tokenizer.SpecialTokens.LITERAL, false),
                    ours.encode(text, Tokenizer.SpecialTokens.LITERAL, false));
        }
    }

    @Test
    void specialTokensAreParsedOrLiteral() throws IOException {
        Tokenizer tokenizer = Vocabularies.load("qwen3");
        String text = "<|im_end|>";
        assertArrayEquals(new int[] {151645}, tokenizer.encode(text, Tokenizer.SpecialTokens.PARSED, false));
        int[] literal = tokenizer.encode(text, Tokenizer.SpecialTokens.LITERAL, false);
        assertTrue(literal.length > 1);
        assertEquals(text, tokenizer.decode(literal, true));
        assertEquals("", tokenizer.decode(new int[] {151645}, true));
    }

    @Test
    void unknownComponentsAreNamedWithTheirPlace() {
        String json = """
                {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
                 "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits"}, {"type": "Whatever"}]}}
                """;
        FormatException e = assertThrows(
                FormatException.class, () -> TokenizerJson.parse("t.json", json.getBytes(StandardCharsets.UTF_8)));
        assertEquals("t.json: pre_tokenizer.pretokenizers[1]: pre-tokenizer \"Whatever\" is unknown", e.getMessage());
    }
}
