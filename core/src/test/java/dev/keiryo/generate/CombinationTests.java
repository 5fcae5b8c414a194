package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.engine.Engine;
import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.generate.WhenFull.Policy;
import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Regex;
import dev.keiryo.grammar.TextCheck;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A text held to a language, with everything else that a request can ask for: it works, or is refused with the reason. Named so that
 * it does not run again for each set of kernels.
 */
class CombinationTests extends ConstrainedTexts {
    CombinationTests() throws IOException {
        super();
    }

    /** Layers that find every token of the language implausible must not leave none. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "cfg:scale=1.5;temp:2",
                "cfg:scale=3,negative=\"One day, a big dog\";temp:2",
                "dola:high;temp:2",
                "dola:low;greedy",
                "contrastive:k=4,alpha=0.6",
                "mirostat_v2:tau=6",
                "penalties:repeat=1.4,last_n=64;dry:0.8;no_repeat_ngram:3;top_k:40;typical:0.9;top_p:0.95;min_p:0.05;temp:3",
                "xtc:probability=1,threshold=0.05;temp:2"
            })
    void chains(String chain) {
        languages.forEach((name, language) -> {
            for (int seed = 0; seed < 4; seed++) {
                // no_repeat_ngram may leave nothing that the language allows, which is an error of its own
                try {
                    Generation g = generate(options(chain, language).withSeed(seed));
                    assertValid(language, g.text(), chain + " " + name);
                } catch (IllegalStateException e) {
                    assertTrue(
                            chain.contains("no_repeat_ngram")
                                    && String.valueOf(e.getMessage()).contains("that the constraint allows"),
                            chain + " " + name + ": " + e.getMessage());
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Policy.class,
            names = {"SHIFT", "SINKS", "H2O"})
    void contextsThatForget(Policy policy) {
        int most = 0;
        for (Frame language : languages.values()) {
            for (int seed = 0; seed < 4; seed++) {
                GenerateOptions o = options("temp:2", language)
                        .withSeed(seed)
                        .withMaxTokens(150)
                        .withContext(40)
                        .withWhenFull(new WhenFull(policy, 4));
                Generation g = generate(o);
                assertValid(language, g.text(), policy + " " + seed);
                most = Math.max(most, g.tokens().length);
            }
        }
        assertTrue(most > 60, most + " tokens at most");
    }

    private Map<String, IntFunction<Drafter>> drafters() {
        Map<String, IntFunction<Drafter>> all = new LinkedHashMap<>();
        Engine engine = model.engine();
        all.put("lookup", capacity -> new PromptLookup(3, 1));
        all.put("model", capacity -> new DraftModel(engine, 1, capacity));
        all.put(
                "text",
                capacity -> new TextDraftModel(model.tokenizer(), other.engine(), other.tokenizer(), 0.5, capacity));
        all.put(
                "skip",
                capacity -> new SkippedLayers(
                        engine,
                        SkippedLayers.middle(engine.transformer().shape().layers())));
        return all;
    }

    /** The same text from each drafter, with all that makes logits, with triggers, and in contexts that forget. */
    @Test
    void guessesChangeNothing() throws IOException {
        List<GenerateOptions> all = new ArrayList<>();
        for (Frame language : languages.values()) {
            all.add(options("greedy", language));
            all.add(options("temp:2", language).withSeed(3));
            all.add(options("cfg:scale=1.5;temp:1.5", language).withSeed(4));
            all.add(options("dola:high;temp:1.5", language).withSeed(5));
            all.add(options("temp:1", language).withContext(30).withMaxTokens(500));
            for (Policy policy : List.of(Policy.SHIFT, Policy.SINKS)) {
                all.add(options("temp:2", language)
                        .withSeed(6)
                        .withContext(40)
                        .withMaxTokens(90)
                        .withWhenFull(new WhenFull(policy, 3)));
            }
        }
        Constraint lazy =
                Constraint.of(Regex.compile("[0-9]{4,12}-[a-f]+")).after(Expression.choice(List.of(" the", "was")));
        all.add(options("temp:1.5", Regex.compile("a")).withSeed(7).withConstraint(lazy));
        all.add(options("cfg:scale=1.5;temp:1.5", Regex.compile("a"))
                .withSeed(8)
                .withConstraint(lazy));
        for (GenerateOptions o : all) {
            Generation plain = generate(o);
            drafters().forEach((name, drafter) -> {
                for (int branches :
                        name.equals("lookup") ? new int[] {1, 3} : new int[] {name.equals("model") ? 3 : 1}) {
                    Speculation guess =
                            new Speculation(drafter, 4).withAdaptive(false).withBranches(branches);
                    assertSame(plain, generate(o.withSpeculation(guess)), name + " " + o);
                }
            });
        }
    }

    /** Without a constraint too: where a text forgets does not depend on how many tokens are processed at a time. */
    @Test
    void guessesAndForgetting() {
        for (Policy policy : List.of(Policy.SHIFT, Policy.SINKS)) {
            for (String chain : List.of("greedy", "temp:1", "cfg:scale=1.5,negative=\"A dog\";greedy")) {
                GenerateOptions o = GenerateOptions.DEFAULT
                        .withChain(SamplerChain.parse(chain))
                        .withMaxTokens(120)
                        .withContext(40)
                        .withWhenFull(new WhenFull(policy, 4));
                Generation plain = generate(o);
                assertEquals(120, plain.tokens().length, plain.text());
                drafters()
                        .forEach((name, drafter) -> assertSame(
                                plain,
                                generate(o.withSpeculation(new Speculation(drafter, 5).withAdaptive(false))),
                                policy + " " + name + " " + chain));
            }
        }
        GenerateOptions counting = GenerateOptions.DEFAULT
                .withWhenFull(new WhenFull(Policy.H2O, 4))
                .withSpeculation(Speculation.LOOKUP);
        String why = message(IllegalArgumentException.class, () -> generate(counting));
        assertTrue(why.contains("h2o") && why.contains("guess"), why);
    }

    /** What ends a text before it is whole says so; until then it is the beginning of one. */
    @Test
    void stops() {
        for (Map.Entry<String, Frame> language : languages.entrySet()) {
            int cut = 0;
            for (int seed = 0; seed < 20; seed++) {
                GenerateOptions o = options("temp:2", language.getValue())
                        .withSeed(seed)
                        .withStops(Stops.NONE
                                .plus(List.of("a", "\": "))
                                .withPatterns(List.of(Pattern.compile("[0-9]{3}"))));
                Generation g = generate(o);
                byte[] text = g.text().getBytes(StandardCharsets.UTF_8);
                TextCheck check = TextCheck.of(language.getValue(), text);
                assertEquals(text.length, check.offset(), () -> check.toString());
                if (g.reason() == StopReason.STOP_STRING) {
                    cut++;
                    assertTrue(!g.text().contains("a") && !g.text().contains("\": "), g.text());
                } else {
                    assertTrue(check.isAccepted(), g.reason() + ": " + check + " in " + g.text());
                }
            }
            assertTrue(cut > 0, language.getKey());
        }
    }

    @Test
    void minimumAndForcedTokens() throws IOException {
        Frame schema = Objects.requireNonNull(languages.get("schema"));
        // White space may always follow a document.
        Generation filled = generate(options("min_tokens:58;greedy", schema));
        assertTrue(filled.tokens().length >= 58, filled.text());
        assertValid(schema, filled.text(), filled);
        String why = message(
                IllegalStateException.class, () -> generate(options("min_tokens:20;temp:1", Regex.compile("yes|no"))));
        assertTrue(why.contains("min_tokens:20") && why.contains("constraint"), why);
        // Where some texts are long enough, it is one of them.
        Frame words = Regex.compile("yes|no|(ab ){30}");
        int[] forced = model.tokenizer().encode("{\"name\":", SpecialTokens.LITERAL, false);
        List<Integer> ids = new ArrayList<>();
        for (int id : forced) {
            if (model.generator().texts().bytes(id).length > 0
                    && !(ids.isEmpty()
                            && id == forced[0]
                            && model.tokenizer().piece(id).equals("▁"))) {
                ids.add(id);
            }
        }
        String chain = "forced_tokens:" + LinkText.ids(ids) + ";temp:1";
        Generation begun = generate(options(chain, schema));
        assertTrue(begun.text().replace(" ", "").startsWith("{\"name\":"), begun.text());
        assertValid(schema, begun.text(), begun);
        why = message(IllegalStateException.class, () -> generate(options(chain, words)));
        assertTrue(why.contains("forced_tokens") && why.contains("constraint"), why);
    }

    /** A chain that leaves nothing of what the language needs next is named, alone and among many. */
    @ParameterizedTest
    @ValueSource(strings = {"banned_strings:\"{\"", "banned_tokens:", "logit_bias:"})
    void whatTheLanguageNeedsIsForbidden(String link) throws Exception {
        Frame schema = Objects.requireNonNull(languages.get("schema"));
        StringBuilder chain = new StringBuilder(link);
        if (link.endsWith(":")) {
            boolean bias = link.startsWith("logit");
            String between = "";
            for (int id = 0; id < model.tokenizer().size(); id++) {
                if (new String(model.generator().texts().bytes(id), StandardCharsets.UTF_8).contains("{")) {
                    chain.append(between).append(id).append(bias ? "=-inf" : "");
                    between = bias ? "," : "|";
                }
            }
        }
        // White space can be written until no token is left but those that open the object.
        GenerateOptions o = options(chain + ";temp:1", schema);
        String why = message(IllegalStateException.class, () -> generate(o));
        String name = link.substring(0, link.indexOf(':'));
        assertTrue(why.contains(name) && why.contains("that the constraint allows"), why);
        Generation alone = generate(options("temp:1", schema));
        try (Scheduler scheduler = new Scheduler(model.engine(), model.generator(), Scheduler.Limits.DEFAULT)) {
            Scheduler.Ticket good = scheduler.submit(prompt, options("temp:1", schema), text -> true);
            Scheduler.Ticket bad = scheduler.submit(prompt, o, text -> true);
            Exception e = assertThrows(
                    java.util.concurrent.ExecutionException.class,
                    () -> bad.result().get(60, TimeUnit.SECONDS));
            assertEquals(why, Objects.requireNonNull(e.getCause()).getMessage());
            assertSame(alone, good.result().get(60, TimeUnit.SECONDS), "beside");
        }
    }
}
