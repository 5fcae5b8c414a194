package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tokenizers library that wrote the files agrees: on the corpora, and on random Unicode. */
final class RustAgreementTest {
    private static HuggingFaceTokenizer rust(String name) throws IOException {
        return HuggingFaceTokenizer.newInstance(
                Vocabularies.file(name),
                Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
    }

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
        try (HuggingFaceTokenizer theirs = rust(name)) {
            List<String> texts = new ArrayList<>();
            texts.addAll(Vocabularies.lines("en"));
            texts.addAll(Vocabularies.lines("ja"));
            List<String> random = RandomUnicode.texts(new Random(42), 3000, ours);
            if (name.equals("all-minilm-l6-v2")) {
                // the library's table of marks and punctuation for BERT is Unicode 8's
                random.removeIf(text -> !RandomUnicode.settled(text));
            }
            assertTrue(random.size() > 500);
            texts.addAll(random);
            for (int from = 0; from < texts.size(); from += 512) {
                List<String> batch = texts.subList(from, Math.min(texts.size(), from + 512));
                var encodings = theirs.batchEncode(batch, false, false);
                for (int i = 0; i < batch.size(); i++) {
                    String text = batch.get(i);
                    int[] expected = Arrays.stream(encodings[i].getIds())
                            .mapToInt(Math::toIntExact)
                            .toArray();
                    int[] actual = ours.encode(text, Tokenizer.SpecialTokens.PARSED, false);
                    assertArrayEquals(expected, actual, () -> "text " + RandomUnicode.visible(text));
                    if (i % 64 == 0) {
                        assertEquals(theirs.decode(encodings[i].getIds(), true), ours.decode(actual, true));
                        assertEquals(theirs.decode(encodings[i].getIds(), false), ours.decode(actual, false));
                    }
                }
            }
        }
    }
}
