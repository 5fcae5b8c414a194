package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A million times the same: no quadratic time, no deep recursion. */
final class LongRunTest {
    private static final int LENGTH = 1_000_000;
    private static final String[] UNITS = {
        "a", "A", "aB", " ", "\n", " \n", "1", "!", "'", "あ", "漢", "\u0301", "😀", "▁", "\u3000"
    };

    @ParameterizedTest
    @ValueSource(strings = {"llama2", "llama3", "qwen3", "gemma3", "deepseek_v3", "gptoss", "tiny-bpe"})
    void linear(String name) throws IOException {
        Tokenizer tokenizer = Vocabularies.load(name);
        for (String unit : UNITS) {
            String text = unit.repeat(LENGTH / unit.length());
            // quadratic time would take hours: the limit only has to be generous
            assertTimeout(
                    Duration.ofSeconds(20),
                    () -> {
                        int[] ids = tokenizer.encode(text, Tokenizer.SpecialTokens.PARSED, false);
                        if (!name.equals("tiny-bpe")) {
                            assertTrue(ids.length > 0);
                            assertEquals(text, tokenizer.decode(ids, false).replace("▁", "▁"));
                        }
                    },
                    () -> name + " " + RandomUnicode.visible(unit));
        }
    }
}
