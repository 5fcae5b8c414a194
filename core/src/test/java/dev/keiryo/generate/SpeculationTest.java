package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.engine.Sequence;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Guessing ahead changes nothing but the speed: same seed, same text, to the token. */
class SpeculationTest {
    private static final String PROMPT = "Once upon a time, there was a little girl named Lily. Lily";
    private static final GenerateOptions GREEDY =
            GenerateOptions.DEFAULT.withChain(SamplerChain.GREEDY).withMaxTokens(100);

    private static LanguageModel stories() throws IOException {
        return load("models/TinyStories-656K");
    }

    /** A small model's threads would only wait for each other. */
    private static LanguageModel load(String name) throws IOException {
        return Keiryo.load(TestData.path(name), EngineOptions.defaults().withThreads(1));
    }

    private static Generation generate(LanguageModel model, GenerateOptions options) {
        return model.generate(PROMPT, options, text -> true);
    }

    private static Speculation fixed(IntFunction<Drafter> drafter, int most) {
        return new Speculation(drafter, most).withAdaptive(false);
    }

    /** Greedy and sampled, with one branch and several, and where the context ends early. */
    private static Generation assertSameTexts(LanguageModel model, Speculation speculation) {
        Generation greedy = generate(model, GREEDY.withSpeculation(speculation));
        for (int branches : new int[] {1, 3}) {
            Speculation tree = speculation.withBranches(branches);
            assertSame(model, GREEDY, tree);
            assertSame(model, GREEDY.withContext(45), tree);
            for (int seed = 0; seed < 2; seed++) {
                assertSame(model, GenerateOptions.DEFAULT.withSeed(seed).withMaxTokens(60), tree);
            }
        }
        assertSame(model, GREEDY, speculation.withAdaptive(true));
        return greedy;
    }

    private static void assertSame(LanguageModel model, GenerateOptions options, Speculation speculation) {
        Generation plain = generate(model, options);
        Generation ahead = generate(model, options.withSpeculation(speculation));
        assertArrayEquals(plain.tokens(), ahead.tokens());
        assertEquals(plain.text(), ahead.text());
        assertEquals(plain.reason(), ahead.reason());
        assertEquals(
                ahead.tokens().length - 1,
                ahead.drafts().passes() + ahead.drafts().right(),
                1);
    }

    @Test
    void promptLookup() throws IOException {
        try (LanguageModel model = stories()) {
            Generation ahead = assertSameTexts(model, fixed(capacity -> new PromptLookup(3, 1), 5));
            assertTrue(ahead.drafts().right() > 0, ahead.drafts().toString());
        }
    }

    @Test
    void aDraftModel() throws IOException {
        try (LanguageModel model = stories();
                LanguageModel draft = stories()) {
            // The same model guesses everything right: all steps are full ones.
            Generation ahead =
                    assertSameTexts(model, fixed(capacity -> new DraftModel(draft.engine(), 1, capacity), 4));
            assertEquals(ahead.drafts().guessed(), ahead.drafts().right(), 4);
            assertTrue(ahead.drafts().passes() <= ahead.tokens().length / 5 + 1);
        }
    }

    @Test
    void aDraftModelWithAnotherVocabulary() throws IOException {
        try (LanguageModel model = stories();
                LanguageModel draft = load("models/stories260K/stories260K.bin")) {
            IntFunction<Drafter> text =
                    capacity -> new TextDraftModel(model.tokenizer(), draft.engine(), draft.tokenizer(), 0.5, capacity);
            Generation ahead = assertSameTexts(model, fixed(text, 4));
            assertTrue(ahead.drafts().acceptance() > 0.05, ahead.drafts().toString());
            // and the other way round
            IntFunction<Drafter> back =
                    capacity -> new TextDraftModel(draft.tokenizer(), model.engine(), model.tokenizer(), 0.5, capacity);
            assertTrue(assertSameTexts(draft, fixed(back, 4)).drafts().acceptance() > 0.05);
        }
    }

    /** Through text, the same model guesses nearly everything right, though its tokens are taken apart and put together. */
    @Test
    void throughTextNothingGetsLost() throws IOException {
        try (LanguageModel model = stories();
                LanguageModel draft = stories()) {
            IntFunction<Drafter> text =
                    capacity -> new TextDraftModel(model.tokenizer(), draft.engine(), draft.tokenizer(), 0.5, capacity);
            Generation ahead = generate(model, GREEDY.withSpeculation(fixed(text, 4)));
            assertTrue(ahead.drafts().acceptance() > 0.9, ahead.drafts().toString());
        }
    }

    /** A draft model begins near a text's end, as if the text were the first token and that stretch, or reads all of it. */
    @Test
    void aStretchIsReadLikeATextOfItsOwn() throws IOException {
        try (LanguageModel model = stories()) {
            int[] text = generate(model, GREEDY).tokens();
            for (int from : new int[] {0, text.length - 1 - DraftModel.WINDOW, text.length - 9}) {
                int[] view = Arrays.copyOfRange(text, Math.max(0, from - 1), text.length);
                view[0] = text[0];
                try (DraftModel tail = new DraftModel(model.engine(), 1, 200);
                        DraftModel whole = new DraftModel(model.engine(), 1, 200)) {
                    History history = history(text);
                    if (from != text.length - 1 - DraftModel.WINDOW) {
                        tail.read(history, text.length - 1 - from);
                        assertEquals(0, tail.unread(history, false));
                    } else {
                        assertEquals(DraftModel.WINDOW + 1, tail.unread(history, false));
                    }
                    assertArrayEquals(guesses(whole, history(view), true), guesses(tail, history, false));
                    history.add(text[7]);
                    assertEquals(0, tail.unread(history, false));
                    // all of it, once that is asked for
                    assertEquals(from == 0 ? 0 : text.length, tail.unread(history, true));
                    try (DraftModel fresh = new DraftModel(model.engine(), 1, 200)) {
                        assertArrayEquals(guesses(fresh, history, true), guesses(tail, history, true));
                    }
                }
            }
        }
    }

    /** Through text too, what follows a stretch is what follows the text, mostly. */
    @Test
    void throughTextAStretchGoesFar() throws IOException {
        try (LanguageModel model = stories();
                Sequence unused = model.engine().newSequence(1)) {
            int[] text = generate(model, GREEDY).tokens();
            int guessed = 0;
            int right = 0;
            for (int at = 50; at < text.length - 4; at += 3) {
                History history = history(Arrays.copyOf(text, at));
                try (TextDraftModel draft =
                        new TextDraftModel(model.tokenizer(), model.engine(), model.tokenizer(), 1, 200)) {
                    Guesses out = new Guesses(1, 8);
                    if (at % 2 == 0) {
                        draft.read(history, 24);
                        assertEquals(0, draft.unread(history, false));
                    }
                    draft.draft(unused, history, 3, false, out);
                    for (int i = 0; out.branches() > 0 && i < out.length(0); i++) {
                        guessed++;
                        right += out.token(0, i) == text[at + i] ? 1 : 0;
                    }
                }
            }
            assertTrue(guessed > 15 && right > 0.25 * guessed, right + " of " + guessed);
        }
    }

    private static History history(int... tokens) {
        History history = new History();
        history.start(tokens);
        return history;
    }

    private static int[] guesses(DraftModel model, History history, boolean whole) {
        Guesses out = new Guesses(1, 8);
        model.draft(history, 6, whole, out);
        return IntStream.range(0, out.length(0)).map(i -> out.token(0, i)).toArray();
    }

    /** Where a text has become longer than the smaller model's context, guesses go on. */
    @Test
    void aTextLongerThanTheDraftModelsContext() throws IOException {
        try (LanguageModel model = stories()) {
            assertSame(model, GREEDY, fixed(capacity -> new DraftModel(model.engine(), 1, 40), 4));
            Speculation small = fixed(capacity -> new DraftModel(model.engine(), 1, 40), 4);
            Generation ahead = generate(model, GREEDY.withSpeculation(small));
            assertTrue(ahead.drafts().right() > 60, ahead.drafts().toString());
        }
    }

    @Test
    void skippedLayers() throws IOException {
        try (LanguageModel model = stories()) {
            int layers = model.engine().transformer().shape().layers();
            Generation ahead = assertSameTexts(
                    model, fixed(capacity -> new SkippedLayers(model.engine(), SkippedLayers.middle(layers)), 3));
            assertTrue(ahead.drafts().guessed() > 0, ahead.drafts().toString());
            BitSet all = new BitSet();
            all.set(0, layers);
            assertThrows(IllegalArgumentException.class, () -> new SkippedLayers(model.engine(), all));
            assertThrows(IllegalArgumentException.class, () -> new SkippedLayers(model.engine(), new BitSet()));
        }
    }

    @Test
    void theMiddleIsNeverTheFirstLayerOrAll() {
        for (int layers = 2; layers < 100; layers++) {
            BitSet middle = SkippedLayers.middle(layers);
            assertTrue(!middle.get(0) && middle.length() <= layers && middle.cardinality() * 2 <= layers, "" + layers);
            assertTrue(middle.cardinality() >= Math.max(1, layers / 5), layers + ": " + middle);
        }
    }

    @Test
    void nonsenseDoesNoHarm() throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        IntFunction<Drafter> nonsense = capacity -> new Drafter() {
            @Override
            public void draft(Sequence sequence, History history, int most, boolean whole, Guesses out) {
                for (int b = random.nextInt(out.width() + 1); b > 0; b--) {
                    int branch = out.branch();
                    for (int n = random.nextInt(most + 1); n > 0; n--) {
                        out.add(branch, random.nextInt(-20, 2100)); // some are no tokens at all
                    }
                }
            }

            @Override
            public void close() {}
        };
        try (LanguageModel model = stories()) {
            assertSameTexts(model, fixed(nonsense, 7));
        }
    }

    /** Branches that hold the right text and wrong ones beside it, in any order: the right one is followed and kept. */
    @Test
    void theRightBranchIsFound() throws IOException {
        SplittableRandom random = new SplittableRandom(2);
        try (LanguageModel model = stories()) {
            int[] prompt = model.tokenizer().encode(PROMPT, SpecialTokens.PARSED, true);
            int[] text = generate(model, GREEDY).tokens();
            IntFunction<Drafter> oracle = capacity -> new Drafter() {
                @Override
                public void draft(Sequence sequence, History history, int most, boolean whole, Guesses out) {
                    int at = history.size() - prompt.length;
                    int right = random.nextInt(out.width());
                    for (int b = 0; b < out.width(); b++) {
                        int branch = out.branch();
                        // all begin alike
                        int good = b == right ? most : random.nextInt(most);
                        for (int i = 0; i < most && at + i < text.length; i++) {
                            out.add(branch, i < good ? text[at + i] : random.nextInt(2048));
                        }
                    }
                }

                @Override
                public void close() {}
            };
            Generation ahead =
                    generate(model, GREEDY.withSpeculation(fixed(oracle, 5).withBranches(4)));
            assertArrayEquals(text, ahead.tokens());
            assertTrue(
                    ahead.drafts().passes() <= text.length / 6 + 1,
                    ahead.drafts().toString());
        }
    }

    /** The distribution of two drawn tokens, known from the model's logits, against many texts with guesses. */
    @Test
    void theDistributionIsThatOfPlainSampling() throws IOException {
        SamplerChain chain = SamplerChain.parse("top_k:3;temp:1.3");
        try (LanguageModel model = stories()) {
            int[] prompt = model.tokenizer().encode(PROMPT, SpecialTokens.PARSED, true);
            Candidates first = survivors(model, chain, prompt);
            int[] ids = new int[9];
            double[] expected = new double[9];
            int[] seconds = new int[9];
            for (int i = 0; i < 3; i++) {
                int[] longer = Arrays.copyOf(prompt, prompt.length + 1);
                longer[prompt.length] = first.id(i);
                Candidates second = survivors(model, chain, longer);
                for (int j = 0; j < 3; j++) {
                    ids[3 * i + j] = first.id(i);
                    seconds[3 * i + j] = second.id(j);
                    expected[3 * i + j] = first.probability(i) * second.probability(j);
                }
            }
            int texts = 1500;
            int[] seen = new int[9];
            int rightGuesses = 0;
            Speculation guess = fixed(
                            capacity -> new Drafter() {
                                @Override
                                public void draft(
                                        Sequence sequence, History history, int most, boolean whole, Guesses out) {
                                    for (int k = 0; k < 9; k++) {
                                        if (ids[k] == history.last(0) && out.branches() < out.width()) {
                                            out.add(out.branch(), seconds[k]);
                                        }
                                    }
                                }

                                @Override
                                public void close() {}
                            },
                            1)
                    .withBranches(2);
            GenerateOptions options = GenerateOptions.DEFAULT
                    .withChain(chain)
                    // the last one ends the text, before it counts as a right guess
                    .withMaxTokens(3)
                    .withSpeculation(guess);
            for (int n = 0; n < texts; n++) {
                Generation text = model.generator().generate(prompt, options.withSeed(n), part -> true);
                rightGuesses += text.drafts().right();
                for (int k = 0; k < 9; k++) {
                    seen[k] += ids[k] == text.tokens()[0] && seconds[k] == text.tokens()[1] ? 1 : 0;
                }
            }
            assertTrue(rightGuesses > 0);
            ChiSquare.assertFits(expected, seen, texts);
        }
    }

    private static Candidates survivors(LanguageModel model, SamplerChain chain, int[] tokens) {
        return new Sampler(chain, new SplittableRandom(0)).process(model.nextLogits(tokens));
    }

    @Test
    void lookupFindsTheLatestOfTheLongestRepetitions() {
        assertArrayEquals(new int[] {4, 5, 9, 2}, lookup(4, 1, 1, 2, 3, 4, 5, 9, 2, 3, 7, 8, 1, 2, 3)[0]);
        assertArrayEquals(new int[] {7, 8, 1, 2}, lookup(4, 2, 1, 2, 3, 4, 5, 9, 2, 3, 7, 8, 1, 2, 3)[1]);
        assertArrayEquals(new int[] {5, 6, 5, 6, 5}, lookup(5, 1, 5, 6, 5, 6)[0]);
        assertEquals(0, lookup(5, 3, 1, 2, 3).length);
    }

    private static int[][] lookup(int most, int width, int... tokens) {
        History history = new History();
        history.start(tokens);
        Guesses guesses = new Guesses(width, 8);
        PromptLookup.DEFAULT.draft(history, most, guesses);
        int[][] out = new int[guesses.branches()][];
        for (int b = 0; b < out.length; b++) {
            out[b] = new int[guesses.length(b)];
            for (int i = 0; i < out[b].length; i++) {
                out[b][i] = guesses.token(b, i);
            }
        }
        return out;
    }
}
