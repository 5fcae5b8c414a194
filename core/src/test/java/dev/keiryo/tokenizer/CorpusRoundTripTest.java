package dev.keiryo.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encoding loses nothing: decoding gives back the corpora. */
final class CorpusRoundTripTest {
    @ParameterizedTest
    @ValueSource(strings = {"llama2", "mistral-v1", "llama3", "qwen3", "gemma3", "deepseek_v3", "gptoss"})
    void decodesToItself(String name) throws IOException {
        Tokenizer tokenizer = Vocabularies.load(name);
        for (String folder : new String[] {"en", "ja"}) {
            String text = String.join("", Vocabularies.lines(folder));
            int[] ids = tokenizer.encode(text, Tokenizer.SpecialTokens.LITERAL, true);
            assertEquals(text, tokenizer.decode(ids, true));
        }
    }
}
