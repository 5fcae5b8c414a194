package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams give what whole decoding gives, and never half a character. */
final class StreamDecoderTest {
    @ParameterizedTest
    @ValueSource(strings = {"llama2", "qwen3", "deepseek_v3"})
    void equalsWholeDecoding(String name) throws IOException {
        Tokenizer tokenizer = Vocabularies.load(name);
        List<String> texts = RandomUnicode.texts(new Random(3), 2000, tokenizer);
        for (String text : texts) {
            int[] ids = tokenizer.encode(text, Tokenizer.SpecialTokens.LITERAL, true);
            for (boolean skip : new boolean[] {true, false}) {
                Tokenizer.StreamDecoder stream = tokenizer.stream(skip);
                StringBuilder joined = new StringBuilder();
                for (int id : ids) {
                    String part = stream.next(id);
                    if (!text.contains("\uFFFD")) {
                        assertFalse(part.contains("\uFFFD"), () -> RandomUnicode.visible(text));
                    }
                    joined.append(part);
                }
                joined.append(stream.finish());
                assertEquals(tokenizer.decode(ids, skip), joined.toString());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama2", "qwen3"})
    void unfinishedCharacterIsHeldBack(String name) throws IOException {
        Tokenizer tokenizer = Vocabularies.load(name);
        int[] ids = tokenizer.encode("x\uD83E\uDEE8", Tokenizer.SpecialTokens.LITERAL, false);
        Tokenizer.StreamDecoder stream = tokenizer.stream(true);
        StringBuilder seen = new StringBuilder();
        for (int i = 0; i < ids.length - 1; i++) {
            seen.append(stream.next(ids[i]));
        }
        assertEquals("x", seen.toString());
        assertFalse(stream.finish().isEmpty());
    }
}
