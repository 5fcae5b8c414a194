package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class SpecialTokensTest {
    @Test
    void theyAreShownToThoseWhoAsk() throws IOException {
        try (LanguageModel model = Keiryo.load(TestData.path("models/TinyStories-656K"))) {
            int bos = model.tokenizer().bos();
            String spelled = model.tokenizer().piece(bos);
            assertTrue(model.tokenizer().isSpecial(bos));
            GenerateOptions options = GenerateOptions.DEFAULT
                    .withMaxTokens(2)
                    .withChain(SamplerChain.parse("forced_tokens:" + bos + ";greedy"));
            Generation hidden = model.generate("Once", options, text -> true);
            Generation shown = model.generate("Once", options.withSpecialTokens(true), text -> true);
            assertEquals(bos, hidden.tokens()[0]);
            assertEquals(spelled + hidden.text(), shown.text());
        }
    }
}
