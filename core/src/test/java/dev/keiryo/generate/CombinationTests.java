package dev.keiryo.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.TestData;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.Generation.StopReason;
import dev.keiryo.generate.WhenFull.Policy;
import dev.keiryo.gguf.Gguf;
import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Gbnf;
import dev.keiryo.grammar.Regex;
import dev.keiryo.grammar.TextCheck;
import dev.keiryo.grammar.schema.JsonSchemas;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import dev.keiryo.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A text held to a language, with everything else that a request can ask for: it works, or is refused with the reason. Named so that
 * it does not run again for each set of kernels.
 */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CombinationTests {
    private static final String SCHEMA = """
            {"type": "object", "required": ["name", "age"], "additionalProperties": false,
             "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer", "minimum": 0},
                            "tags": {"type": "array", "items": {"enum": ["red", "green", 7]}}}}""";

    private final Map<String, Frame> languages = new LinkedHashMap<>();
    /** One for each language, as they keep what they have found out. */
    private final IdentityHashMap<Frame, Constraint> constraints = new IdentityHashMap<>();

    private LanguageModel model;
    private LanguageModel other;
    private int[] prompt;

    CombinationTests() throws IOException {
        EngineOptions one = EngineOptions.defaults().withThreads(1);
        model = Keiryo.load(TestData.path("models/stories260K/stories260K.bin"), one);
        other = Keiryo.load(TestData.path("models/TinyStories-656K"), one);
        prompt = model.tokenizer().encode("Once upon a time", SpecialTokens.PARSED, true);
    }

    @BeforeAll
    void compile() throws IOException {
        languages.put("grammar", Gbnf.compile("json", Files.readString(TestData.path("grammars/json.gbnf"))));
        languages.put("schema", JsonSchemas.compile("schema", SCHEMA));
        languages.put("regex", Regex.compile("(The (cat|dog)|Lily) (was|had) [a-z]{2,9}( [a-z]{1,7}){2,30}\\."));
    }

    @AfterAll
    void close() {
        model.close();
        other.close();
    }

    private GenerateOptions options(String chain, Frame language) {
        return GenerateOptions.DEFAULT
                .withChain(SamplerChain.parse(chain))
                .withMaxTokens(60)
                .withConstraint(constraint(language));
    }

    private Constraint constraint(Frame language) {
        return constraints.computeIfAbsent(language, Constraint::of);
    }

    private Generation generate(GenerateOptions options) {
        return model.generator().generate(prompt, options, text -> true);
    }

    private static void assertValid(Frame language, String text, Object context) {
        TextCheck check = TextCheck.of(language, text.getBytes(StandardCharsets.UTF_8));
        assertTrue(check.isAccepted(), () -> context + ": " + check + " in: " + text);
    }

    private static void assertSame(Generation expected, Generation actual, Object context) {
        assertArrayEquals(expected.tokens(), actual.tokens(), () -> context + ": " + expected + "; " + actual);
        assertEquals(expected.text(), actual.text());
        assertEquals(expected.reason(), actual.reason());
    }

    private static String message(Class<? extends Exception> type, org.junit.jupiter.api.function.Executable run) {
        return String.valueOf(assertThrows(type, run).getMessage());
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
        all.put("model", capacity -> new DraftModel(engine, capacity));
        all.put("text", capacity -> new TextDraftModel(model.tokenizer(), other.engine(), other.tokenizer(), capacity));
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
                    for (org.junit.jupiter.api.function.Executable run :
                            List.<org.junit.jupiter.api.function.Executable>of(
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
