package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Guessing ahead changes nothing but the speed: same seed, same text, to the token. */
class SpeculationTest {
    private static final String PROMPT = "Once upon a time, there was a little girl named Lily. Lily";
    private static final GenerateOptions GREEDY =
            GenerateOptions.DEFAULT.withChain(SamplerChain.GREEDY).withMaxTokens(150);

    private static LanguageModel stories() throws IOException {
        return Keiryo.load(TestData.path("models/TinyStories-656K"));
    }

    private static Generation generate(LanguageModel model, GenerateOptions options) {
        return model.generate(PROMPT, options, text -> true);
    }

    @Test
    void promptLookupGivesTheSameGreedyAndSampledTexts() throws IOException {
        try (LanguageModel model = stories()) {
            for (boolean adaptive : new boolean[] {false, true}) {
                Speculation lookup = new Speculation(capacity -> new PromptLookup(3, 1), 5, adaptive);
                Generation plain = generate(model, GREEDY);
                Generation ahead = generate(model, GREEDY.withSpeculation(lookup));
                assertArrayEquals(plain.tokens(), ahead.tokens());
                assertEquals(plain.text(), ahead.text());
                assertEquals(plain.reason(), ahead.reason());
                assertTrue(
                        adaptive || ahead.drafts().right() > 0, ahead.drafts().toString());
                for (int seed = 0; seed < 8; seed++) {
                    GenerateOptions sampled =
                            GenerateOptions.DEFAULT.withSeed(seed).withMaxTokens(60);
                    assertArrayEquals(
                            generate(model, sampled).tokens(),
                            generate(model, sampled.withSpeculation(lookup)).tokens());
                }
            }
        }
    }

    @Test
    void aDraftModelGivesTheSameTexts() throws IOException {
        try (LanguageModel model = stories();
                LanguageModel draft = stories()) {
            // The same model guesses everything right: all steps are full ones.
            Speculation same = new Speculation(capacity -> new DraftModel(draft.engine(), capacity), 4, false);
            Generation plain = generate(model, GREEDY);
            Generation ahead = generate(model, GREEDY.withSpeculation(same));
            assertArrayEquals(plain.tokens(), ahead.tokens());
            assertEquals(ahead.drafts().guessed(), ahead.drafts().right(), 4);
            assertTrue(ahead.drafts().right() >= plain.tokens().length * 3 / 4);
            for (int seed = 0; seed < 5; seed++) {
                GenerateOptions sampled = GenerateOptions.DEFAULT.withSeed(seed).withMaxTokens(60);
                assertArrayEquals(
                        generate(model, sampled).tokens(),
                        generate(model, sampled.withSpeculation(same)).tokens());
            }
        }
    }

    @Test
    void nonsenseGuessesDoNoHarm() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        Speculation nonsense = new Speculation(
                capacity -> new Drafter() {
                    @Override
                    public int draft(History history, int most, int[] out) {
                        int n = random.nextInt(most + 1);
                        for (int i = 0; i < n; i++) {
                            out[i] = random.nextInt(2048);
                        }
                        return n;
                    }

                    @Override
                    public void close() {}
                },
                7,
                false);
        try (LanguageModel model = stories()) {
            for (int context : new int[] {0, 40}) {
                GenerateOptions options = GREEDY.withContext(context);
                Generation plain = generate(model, options);
                Generation ahead = generate(model, options.withSpeculation(nonsense));
                assertArrayEquals(plain.tokens(), ahead.tokens());
                assertEquals(plain.reason(), ahead.reason());
            }
        }
    }

    @Test
    void lookupFindsTheLatestOfTheLongestRepetitions() {
        int[] out = new int[8];
        History history = new History();
        history.start(1, 2, 3, 4, 5, 9, 2, 3, 7, 8, 1, 2, 3);
        assertEquals(4, PromptLookup.DEFAULT.draft(history, 4, out));
        assertArrayEquals(new int[] {4, 5, 9, 2}, java.util.Arrays.copyOf(out, 4));
        history.start(5, 6, 5, 6);
        assertEquals(5, PromptLookup.DEFAULT.draft(history, 5, out));
        assertArrayEquals(new int[] {5, 6, 5, 6, 5}, java.util.Arrays.copyOf(out, 5));
        history.start(1, 2, 3);
        assertEquals(0, PromptLookup.DEFAULT.draft(history, 5, out));
    }

    /** With made-up costs: guesses where they pay, rests where they do not, at most a few percent of the steps wasted. */
    @Test
    void theLengthFollowsWhatPays() {
        DraftLength good = new DraftLength(8);
        DraftLength bad = new DraftLength(8);
        long goodTokens = 0;
        long goodTime = 0;
        long badTokens = 0;
        long badTime = 0;
        for (int i = 0; i < 3000; i++) {
            int n = good.choose();
            good.observe(n, n, 10L * n, 1000 + 100L * n);
            goodTokens += 1 + n;
            goodTime += 1000 + 110L * n;
            int m = bad.choose();
            bad.observe(m, 0, 10L * m, 1000 + 900L * m);
            badTokens += 1;
            badTime += 1000 + 910L * m;
        }
        assertTrue(goodTokens * 1000.0 / goodTime > 3, "tokens for a plain step's time");
        assertTrue(badTokens * 1000.0 / badTime > 0.95, "never slower by more than 5 %");
    }
}
