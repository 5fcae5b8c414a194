package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.cache.PagePool;
import dev.keiryo.engine.EngineOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A conversation: each prompt is the last one and more, or the same again. */
class GrowingTextTest {
    @Test
    void whatWasSaidBeforeIsKnown() throws IOException {
        GenerateOptions options = GenerateOptions.DEFAULT
                .withMaxTokens(5)
                .withChain(SamplerChain.GREEDY)
                .withContext(256);
        int[] text = new Random(1).ints(200, 3, 500).toArray();
        try (LanguageModel model = Keiryo.load(
                        TestData.path("models/TinyStories-656K"),
                        EngineOptions.defaults().withPrefixMemory(PagePool.UNLIMITED));
                LanguageModel plain = Keiryo.load(TestData.path("models/TinyStories-656K"))) {
            int[] prompt = Arrays.copyOf(text, 20);
            int known = 0;
            for (int turn = 0; turn < 12; turn++) {
                Generation generation = model.generator().generate(prompt, options, part -> true);
                assertEquals(known, generation.knownTokens(), prompt.length + " tokens");
                assertArrayEquals(
                        plain.generator()
                                .generate(prompt, options, part -> true)
                                .tokens(),
                        generation.tokens());
                // The last token of an answer has not been processed.
                known = prompt.length + generation.tokens().length - 1;
                if (turn % 3 == 2) {
                    known = prompt.length - 1; // the same again
                } else {
                    int[] answer = generation.tokens();
                    int[] next = Arrays.copyOf(prompt, prompt.length + answer.length + 7);
                    System.arraycopy(answer, 0, next, prompt.length, answer.length);
                    System.arraycopy(text, next.length, next, prompt.length + answer.length, 7);
                    prompt = next;
                }
            }
        }
    }

    @Test
    void aLongPromptCanBeStopped() throws IOException {
        int[] prompt = new Random(2).ints(1200, 3, 500).toArray();
        GenerateOptions options = GenerateOptions.DEFAULT.withMaxTokens(5).withContext(1300);
        boolean[] wanted = {false};
        Generator.Listener listener = new Generator.Listener() {
            @Override
            public boolean text(String text) {
                return true;
            }

            @Override
            public boolean goesOn() {
                return wanted[0];
            }
        };
        try (LanguageModel model = Keiryo.load(
                TestData.path("models/TinyStories-656K"),
                EngineOptions.defaults().withPrefixMemory(1L << 30))) {
            Generation stopped = model.generator().generate(prompt, options, listener);
            assertEquals(Generation.StopReason.CANCELLED, stopped.reason());
            assertEquals(0, stopped.tokens().length);
            wanted[0] = true;
            Generation whole = model.generator().generate(prompt, options, listener);
            assertEquals(Generator.PREFILL, whole.knownTokens(), "what was processed is not lost");
            assertEquals(5, whole.tokens().length);
        }
    }
}
