package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A megabyte of one letter, and long runs of others: no quadratic time, no deep recursion. */
final class LongRunTest {
    private static final int MEGABYTE = 1 << 20;
    private static final int LENGTH = 300_000;
    private static final String[] UNITS = {"a", "A", " ", "\n", "1", "!", "漢", "\u0301", "▁"};

    @ParameterizedTest
    @ValueSource(strings = {"llama2", "qwen3", "deepseek_v3", "gptoss"})
    void linear(String name) throws IOException {
        Tokenizer tokenizer = Vocabularies.load(name);
        for (String unit : UNITS) {
            String text = unit.repeat(unit.equals("a") ? MEGABYTE : LENGTH);
            // quadratic time would take minutes: the limit only has to be generous
            assertTimeout(
                    Duration.ofSeconds(20),
                    () -> {
                        int[] ids = tokenizer.encode(text, Tokenizer.SpecialTokens.PARSED, false);
                        assertTrue(ids.length > 0);
                        // a SentencePiece vocabulary cannot tell the mark from a space
                        assertEquals(
                                text.replace('▁', ' '),
                                tokenizer.decode(ids, false).replace('▁', ' '));
                    },
                    () -> name + " " + RandomUnicode.visible(unit));
        }
    }
}
