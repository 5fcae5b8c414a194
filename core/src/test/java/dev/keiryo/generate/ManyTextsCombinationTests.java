package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.WhenFull.Policy;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Regex;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** As {@link CombinationTests}, of several texts at once, and of encoder-decoders. */
class ManyTextsCombinationTests extends ConstrainedTexts {
    ManyTextsCombinationTests() throws IOException {
        super();
    }

    @Test
    void severalTexts() throws Exception {
        for (Map.Entry<String, Frame> language : languages.entrySet()) {
            Constraint constraint = constraint(language.getValue());
            for (BeamSearch.Options o : List.of(
                    BeamSearch.Options.of(4),
                    new BeamSearch.Options(4, 2, 0.7, 1, 0, BeamSearch.Stopping.NEVER, 4),
                    new BeamSearch.Options(3, 1, 0, 0.5, 1.5, BeamSearch.Stopping.EARLY, 3))) {
                for (Policy policy : Policy.values()) {
                    GenerateOptions options = GenerateOptions.DEFAULT
                            .withMaxTokens(40)
                            .withConstraint(constraint)
                            .withContext(policy == Policy.STOP ? 0 : 24)
                            .withWhenFull(policy == Policy.STOP ? WhenFull.STOP : new WhenFull(policy, 2));
                    List<BeamSearch.Hypothesis> found =
                            new BeamSearch(model.engine(), model.generator(), o).search(prompt, options);
                    assertTrue(!found.isEmpty());
                    found.forEach(h -> assertValid(language.getValue(), h.text(), language.getKey() + " " + o));
                }
            }
            try (Scheduler scheduler = new Scheduler(model.engine(), model.generator(), Scheduler.Limits.DEFAULT)) {
                GenerateOptions options = options("temp:2", language.getValue());
                for (Generation g : BestOf.sample(scheduler, prompt, options, 6)) {
                    assertValid(language.getValue(), g.text(), language.getKey());
                    assertEquals(g.tokens().length, g.scores().size());
                }
            }
        }
    }

    /** Texts of all kinds at once, on few pages too: each is what it is alone. */
    @ParameterizedTest
    @ValueSource(ints = {64, 3})
    void manyAtOnce(int paged) throws Exception {
        List<GenerateOptions> all = new ArrayList<>();
        List<Policy> policies = List.of(Policy.values());
        List<Frame> frames = new ArrayList<>(languages.values());
        frames.add(Regex.compile("(yes|no), (because|but) [a-z ]{3,40}\\."));
        for (int i = 0; i < 32; i++) {
            Frame language = frames.get(i % frames.size());
            Constraint constraint = i % 5 == 0
                    ? constraint(language).after(Expression.choice(List.of("e", " a")))
                    : constraint(language);
            Policy policy = policies.get(i / 4 % policies.size());
            all.add(options(i % 3 == 0 ? "greedy" : "top_k:60;temp:2", language)
                    .withSeed(i)
                    .withMaxTokens(30 + 3 * i)
                    .withContext(policy == Policy.STOP ? 0 : 30 + i)
                    .withWhenFull(policy == Policy.STOP ? WhenFull.STOP : new WhenFull(policy, 3))
                    .withConstraint(i == 9 ? null : constraint));
        }
        List<Generation> alone = all.stream().map(this::generate).toList();
        long text = model.engine().cacheBytes(200, 512);
        try (LanguageModel bounded = Keiryo.load(
                        TestData.path("models/stories260K/stories260K.bin"),
                        EngineOptions.defaults()
                                .withThreads(1)
                                .withKvMemory(text * paged)
                                .withPrefixMemory(paged < 10 ? text : 0));
                Scheduler scheduler =
                        new Scheduler(bounded.engine(), bounded.generator(), new Scheduler.Limits(16, 64))) {
            List<Scheduler.Ticket> tickets = new ArrayList<>();
            for (GenerateOptions o : all) {
                tickets.add(scheduler.submit(prompt, o, part -> true));
            }
            for (int i = 0; i < all.size(); i++) {
                assertSame(alone.get(i), tickets.get(i).result().get(60, TimeUnit.SECONDS), all.get(i));
            }
            assertTrue(paged > 10 || scheduler.preemptions() > 0, "nobody had to wait");
        }
    }

    /** Contexts smaller than the prompt are read the same way however the prompt is split. */
    @Test
    void longPromptsAtOnce() throws Exception {
        int[] longer =
                model.tokenizer().encode("Once upon a time there was a dog. ".repeat(12), SpecialTokens.PARSED, true);
        List<Generation> alone = new ArrayList<>();
        List<GenerateOptions> all = new ArrayList<>();
        for (Policy policy : List.of(Policy.SHIFT, Policy.SINKS, Policy.H2O)) {
            GenerateOptions o = GenerateOptions.DEFAULT
                    .withChain(SamplerChain.GREEDY)
                    .withMaxTokens(80)
                    .withContext(50)
                    .withScores(new GenerateOptions.Scores(true, true, 1))
                    .withWhenFull(new WhenFull(policy, 4));
            all.add(o);
            alone.add(model.generator().generate(longer, o, text -> true));
            Generation unscored =
                    model.generator().generate(longer, o.withScores(GenerateOptions.Scores.NONE), text -> true);
            assertSame(alone.getLast(), unscored, policy);
        }
        try (Scheduler scheduler = new Scheduler(model.engine(), model.generator(), new Scheduler.Limits(8, 24))) {
            List<Scheduler.Ticket> tickets = new ArrayList<>();
            all.forEach(o -> tickets.add(scheduler.submit(longer, o, text -> true)));
            for (int i = 0; i < alone.size(); i++) {
                Generation g = tickets.get(i).result().get(60, TimeUnit.SECONDS);
                assertSame(alone.get(i), g, i);
                assertEquals(alone.get(i).scores(), g.scores());
                assertEquals(alone.get(i).promptScores(), g.promptScores());
            }
        }
    }

    /** T5 answers in a language, whatever else is asked of it. */
    @Test
    void encoderDecoders() throws Exception {
        try (Engine t5 = Engine.open(
                        Gguf.open(TestData.path("golden/architectures/t5.gguf")),
                        EngineOptions.defaults().withThreads(1));
                Scheduler scheduler = new Scheduler(t5, generator(t5), Scheduler.Limits.DEFAULT)) {
            Generator generator = generator(t5);
            int[] text = {48, 396, 335, 225, 222, 439, 46, 357, 105, 50, 270, 498};
            for (Map.Entry<String, Frame> language : languages.entrySet()) {
                for (String chain : List.of(
                        "greedy", "temp:2", "cfg:scale=1.5;temp:2", "dola:low;temp:2", "contrastive:k=3,alpha=0.5")) {
                    GenerateOptions o =
                            options(chain, language.getValue()).withSeed(2).withMaxTokens(50);
                    Generation g = generator.generate(text, o, part -> true);
                    assertValid(language.getValue(), g.text(), chain + " " + language.getKey());
                    if (chain.startsWith("contrastive")) {
                        continue;
                    }
                    Speculation guess = new Speculation(capacity -> new PromptLookup(2, 1), 4).withAdaptive(false);
                    assertSame(g, generator.generate(text, o.withSpeculation(guess), part -> true), chain);
                    if (!chain.contains("cfg") && !chain.contains("dola")) {
                        assertSame(
                                g,
                                scheduler.submit(text, o, part -> true).result().get(60, TimeUnit.SECONDS),
                                chain);
                    }
                }
                GenerateOptions searched =
                        GenerateOptions.DEFAULT.withMaxTokens(30).withConstraint(constraint(language.getValue()));
                new BeamSearch(t5, generator, BeamSearch.Options.of(3))
                        .search(text, searched)
                        .forEach(h -> assertValid(language.getValue(), h.text(), language.getKey()));
                for (Policy policy : List.of(Policy.SHIFT, Policy.SINKS, Policy.H2O)) {
                    GenerateOptions o = options("temp:2", language.getValue()).withWhenFull(new WhenFull(policy, 2));
                    for (Executable run : List.<org.junit.jupiter.api.function.Executable>of(
                            () -> generator.generate(text, o, part -> true),
                            () -> scheduler.submit(text, o, part -> true),
                            () -> new BeamSearch(t5, generator, BeamSearch.Options.of(2)).search(text, o))) {
                        String why = message(IllegalArgumentException.class, run);
                        assertTrue(why.contains("no plain decoder"), why);
                    }
                }
            }
        }
    }

    private static Generator generator(Engine engine) {
        try {
            return new Generator(
                    engine, TokenizerFiles.open(TestData.path("models/stories260K/tok512.model")), Set.of(2), 0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void whatSearchesDoNotHeedIsRefused() {
        BeamSearch beams = new BeamSearch(model.engine(), model.generator(), BeamSearch.Options.of(2));
        GenerateOptions plain = GenerateOptions.DEFAULT.withMaxTokens(4);
        for (GenerateOptions o : List.of(
                plain.withStops(Stops.NONE.plus(List.of("a"))),
                plain.withScores(new GenerateOptions.Scores(true, false, 0)),
                plain.withSpeculation(Speculation.LOOKUP),
                plain.withChain(SamplerChain.parse("cfg:scale=2;greedy")))) {
            String why = message(IllegalArgumentException.class, () -> beams.search(prompt, o));
            assertTrue(why.contains("beam search"), why);
        }
        try (Scheduler scheduler = new Scheduler(model.engine(), model.generator(), Scheduler.Limits.DEFAULT)) {
            String why = message(
                    IllegalArgumentException.class,
                    () -> scheduler.submit(prompt, plain.withChain(SamplerChain.parse("dola:high;greedy")), t -> true));
            assertTrue(why.contains("dola"), why);
        }
        GenerateOptions contrastive = plain.withChain(SamplerChain.parse("contrastive:k=4,alpha=0.6"));
        for (GenerateOptions o : List.of(
                contrastive.withSpeculation(Speculation.LOOKUP),
                contrastive.withWhenFull(new WhenFull(Policy.SINKS, 4)))) {
            String why = message(IllegalArgumentException.class, () -> generate(o));
            assertTrue(why.contains("contrastive"), why);
        }
    }
}
