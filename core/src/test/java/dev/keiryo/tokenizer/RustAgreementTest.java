package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokenizers library that wrote the files agrees: on the corpora, and on random Unicode. */
final class RustAgreementTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "all-minilm-l6-v2",
                "llama2",
                "mistral-v1",
                "tinystories-656k",
                "tiny-bpe",
                "llama3_1",
                "qwen3",
                "gemma3",
                "deepseek_v3",
                "gptoss"
            })
    void agrees(String name) throws IOException {
        Tokenizer ours = Vocabularies.load(name);
        try (RustTokenizer theirs = RustTokenizer.read(Vocabularies.file(name))) {
            List<String> texts = new ArrayList<>();
            texts.addAll(Vocabularies.lines("en"));
            texts.addAll(Vocabularies.lines("ja"));
            List<String> random = RandomUnicode.texts(new Random(42), 1000, ours);
            if (name.equals("all-minilm-l6-v2")) {
                // the library's table of marks and punctuation for BERT is Unicode 8's
                random.removeIf(text -> !RandomUnicode.settled(text));
            }
            assertTrue(random.size() > 150);
            texts.addAll(random);
            List<String> distinct = List.copyOf(new LinkedHashSet<>(texts));
            for (int from = 0; from < distinct.size(); from += 512) {
                List<String> batch = distinct.subList(from, Math.min(distinct.size(), from + 512));
                int[][] expected = theirs.encode(batch, false);
                for (int i = 0; i < batch.size(); i++) {
                    String text = batch.get(i);
                    int[] actual = ours.encode(text, Tokenizer.SpecialTokens.PARSED, false);
                    assertArrayEquals(expected[i], actual, () -> "text " + RandomUnicode.visible(text));
                    if (i % 64 == 0) {
                        assertEquals(theirs.decode(actual, true), ours.decode(actual, true));
                        assertEquals(theirs.decode(actual, false), ours.decode(actual, false));
                    }
                }
            }
        }
    }
}
