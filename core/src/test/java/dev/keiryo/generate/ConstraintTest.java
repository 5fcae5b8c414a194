package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Gbnf;
import dev.keiryo.grammar.Regex;
import dev.keiryo.grammar.TextCheck;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ConstraintTest {
    private static final SamplerChain HOT = SamplerChain.parse("temp:3");

    private static LanguageModel stories() throws IOException {
        return Keiryo.load(TestData.path("models/TinyStories-656K"));
    }

    /** All of ASCII is in its vocabulary, which TinyStories-656K's lacks. */
    private static LanguageModel bytes() throws IOException {
        return Keiryo.load(TestData.path("models/stories260K/stories260K.bin"));
    }

    private static Frame shared(String name) throws IOException {
        return Gbnf.compile(name, Files.readString(TestData.path("grammars/" + name + ".gbnf")));
    }

    private static void assertValid(Frame language, String text, Object context) {
        TextCheck check = TextCheck.of(language, text.getBytes(StandardCharsets.UTF_8));
        assertTrue(check.isAccepted(), () -> context + ": " + check + " in: " + text);
    }

    private static Generation generate(LanguageModel model, Constraint constraint, int tokens, long seed) {
        return model.generate(
                "Once upon a time",
                GenerateOptions.DEFAULT
                        .withChain(HOT)
                        .withMaxTokens(tokens)
                        .withSeed(seed)
                        .withConstraint(constraint),
                text -> true);
    }

    @Test
    void aModelsTextsAreValidHoweverTheyAreMade() throws Exception {
        try (LanguageModel model = bytes()) {
            Frame json = shared("json");
            Constraint constraint = Constraint.of(json);
            List<Generation> alone = new ArrayList<>();
            for (int seed = 0; seed < 30; seed++) {
                Generation g = generate(model, constraint, 4 + 2 * seed, seed);
                assertValid(json, g.text(), g);
                assertTrue(g.tokens().length <= 4 + 2 * seed);
                alone.add(g);
            }
            GenerateOptions options = GenerateOptions.DEFAULT.withChain(HOT).withConstraint(constraint);
            int[] prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
            try (Scheduler scheduler = new Scheduler(model.engine(), model.generator(), Scheduler.Limits.DEFAULT)) {
                List<Scheduler.Ticket> tickets = new ArrayList<>();
                for (int seed = 0; seed < 30; seed++) {
                    tickets.add(
                            scheduler.submit(prompt, options.withSeed(seed).withMaxTokens(4 + 2 * seed), text -> true));
                }
                for (int seed = 0; seed < 30; seed++) {
                    assertArrayEquals(
                            alone.get(seed).tokens(),
                            tickets.get(seed).result().get().tokens());
                }
            }
            for (int seed = 0; seed < 10; seed++) {
                Generation guessed = model.generate(
                        "Once upon a time",
                        options.withSeed(seed).withMaxTokens(40).withSpeculation(Speculation.LOOKUP),
                        text -> true);
                assertValid(json, guessed.text(), guessed);
            }
            for (BeamSearch.Hypothesis found : new BeamSearch(
                            model.engine(), model.generator(), BeamSearch.Options.of(4))
                    .search(prompt, options.withMaxTokens(24))) {
                assertValid(json, found.text(), found);
            }
        }
    }

    /** What can be said in one way only takes no passes of its own, is spelled as usual, and reads the same. */
    @Test
    void forcedStretchesTakeNoPasses() throws Exception {
        try (LanguageModel model = stories()) {
            Frame language = Regex.compile("Lily was a little girl who (liked|had) a big red ball\\.");
            Constraint constraint = Constraint.of(language);
            Generation g = generate(model, constraint, 60, 1);
            assertValid(language, g.text(), g);
            assertEquals(StopReason.END_OF_TEXT, g.reason());
            assertTrue(
                    g.drafts().passes() + 3 <= g.tokens().length,
                    g.drafts() + " for "
                            + Arrays.stream(g.tokens())
                                    .mapToObj(model.tokenizer()::piece)
                                    .toList());
            assertTrue(g.tokens().length >= 8, Arrays.toString(g.tokens()));
            String first = "Lily was a little girl who";
            int[] usual = model.tokenizer().encode(" " + first, SpecialTokens.LITERAL, false);
            assertTrue(g.tokens().length <= usual.length + 12, "usual tokens");
            // scores need logits, and so passes; the text stays in the language
            Generation scored = model.generate(
                    "Once upon a time",
                    GenerateOptions.DEFAULT
                            .withConstraint(constraint)
                            .withMaxTokens(60)
                            .withScores(new GenerateOptions.Scores(true, false, 0)),
                    text -> true);
            assertValid(language, scored.text(), scored);
            assertEquals(scored.tokens().length, scored.scores().size());
        }
    }

    @Test
    void choicesAndLimits() throws IOException {
        try (LanguageModel model = stories()) {
            Constraint choice = Constraint.choice(List.of("yes", "no", "maybe so"));
            for (int seed = 0; seed < 20; seed++) {
                Generation g = generate(model, choice, 9, seed);
                assertTrue(Set.of("yes", "no", "maybe so").contains(g.text()), g.text());
                assertEquals(StopReason.END_OF_TEXT, g.reason());
            }
            // two tokens are enough for some of it, however many bytes it has
            Frame words = Regex.compile("Once upon|there was a little girl");
            int[] two = model.tokenizer().encode(" Once upon", SpecialTokens.LITERAL, false);
            Generation g = generate(model, Constraint.of(words), two.length + 1, 3);
            assertValid(words, g.text(), g);
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class,
                    () -> generate(model, Constraint.of(Regex.compile("a{40}b")), 3, 1));
            assertTrue(String.valueOf(e.getMessage()).contains("there is room for 3"), e.getMessage());
        }
    }

    @Test
    void freeTextUntilATrigger() throws IOException {
        try (LanguageModel model = stories()) {
            Frame numbers = Regex.compile("[0-9]{3}");
            Constraint waiting = Constraint.of(numbers).after(Expression.choice(List.of("e", "o")));
            int triggered = 0;
            for (int seed = 0; seed < 20; seed++) {
                Generation g = generate(model, waiting, 40, seed);
                Matcher m = Pattern.compile("(?s)[^eo]*([eo][0-9]{3})?").matcher(g.text());
                assertTrue(m.matches(), g.text());
                triggered += m.group(1) == null ? 0 : 1;
            }
            assertTrue(triggered > 10, triggered + " triggered");
        }
    }

    @Test
    void whatContradictsTheConstraintIsAnError() throws IOException {
        try (LanguageModel model = stories()) {
            GenerateOptions options = GenerateOptions.DEFAULT.withConstraint(Constraint.choice(List.of("abc", "abd")));
            assertThrows(
                    IllegalStateException.class,
                    () -> model.generate(
                            "Once", options.withChain(SamplerChain.parse("forced_tokens:5|6|7")), text -> true));
        }
    }
}
