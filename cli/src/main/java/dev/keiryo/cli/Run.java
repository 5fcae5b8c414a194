package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.file.ProcessMemory;
import dev.keiryo.generate.Constraint;
import dev.keiryo.generate.ContrastiveSearch;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.GenerateOptions.Scores;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.Generator;
import dev.keiryo.generate.LogitSource;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.generate.SamplerDefaults;
import dev.keiryo.grammar.Frame;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keiryo run}: continues a text. */
@Command(name = "run", description = "Continues a text, token by token.")
final class Run implements Callable<Integer> {
    @Mixin
    private ModelArgument model = new ModelArgument();

    @Option(
            names = {"-p", "--prompt"},
            required = true,
            paramLabel = "TEXT",
            description = "The text to continue, or to answer (T5); - reads it from standard input.")
    private String prompt;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "New tokens at most. Default: ${DEFAULT-VALUE}")
    private int maxTokens = 256;

    @Mixin
    private SamplerOptions sampler = new SamplerOptions();

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed of the random numbers. Default: another one each time")
    private @Nullable Long seed;

    @Mixin
    private StopOptions stops = new StopOptions();

    @Mixin
    private SearchOptions search = new SearchOptions();

    @Mixin
    private LanguageOptions language = new LanguageOptions();

    @Mixin
    private LanguageOptions.Waiting trigger = new LanguageOptions.Waiting();

    @Mixin
    private DraftOptions draft = new DraftOptions();

    @Option(
            names = "--ctx",
            paramLabel = "N",
            description =
                    "Tokens that prompt and text may take together. Default: what they need, within the model's limit")
    private int context;

    @Mixin
    private ForgettingOptions forgetting = new ForgettingOptions();

    @Option(
            names = "--logprobs",
            paramLabel = "N",
            description = "After the text, the log-probability of each new token and of the N most probable ones.")
    private @Nullable Integer logProbabilities;

    @Option(names = "--prompt-logprobs", description = "With --logprobs, those of the prompt's tokens too.")
    private boolean promptLogProbabilities;

    @Option(names = "--show-chain", description = "Prints the samplers in their order, and the seed, before the text.")
    private boolean showChain;

    @Option(names = "--json", description = "Prints nothing but one JSON object, at the end.")
    private boolean json;

    @Option(names = "--quiet", description = "Prints the prompt and the text, and nothing else.")
    private boolean quiet;

    /** How far it is, and so how to stop. */
    private enum Progress {
        LOADING,
        PROMPT,
        TEXT
    }

    private volatile Progress progress = Progress.LOADING;
    private volatile boolean cancelled;

    @Override
    public Integer call() throws IOException {
        checkSearch();
        GenerateOptions options = options();
        Frame frame = language.language();
        if (frame == null && trigger.given()) {
            throw new UsageException(
                    "--trigger goes with --grammar, --json-schema, --regex or --choice, which begins there");
        }
        String text = prompt.equals("-") ? standardInput() : prompt;
        CountDownLatch done = stopOnInterrupt();
        Path promptCache = forgetting.promptCache();
        try (LanguageModel loaded = promptCache == null ? model.load() : model.loadRemembering();
                DraftOptions drafts = draft) {
            options = options.withChain(sampler.chain(
                    SamplerDefaults.of(loaded.engine().checkpoint().metadata(), SamplerChain.DEFAULT)));
            if (showChain) {
                System.err.println("sampler chain: " + options.chain() + "; seed " + options.seed());
            }
            if (frame != null) {
                options = options.withConstraint(trigger.putOff(Constraint.of(frame)));
            }
            options = options.withSpeculation(drafts.speculation(loaded, model.options()));
            boolean answers = loaded.engine().transformer().kind() == Kind.ENCODER_DECODER;
            if (promptCache != null && answers) {
                throw new UsageException(
                        "--prompt-cache goes with decoders; " + model.name() + " encodes its prompt at once");
            }
            if (promptCache != null && Files.exists(promptCache)) {
                loaded.engine().restore(promptCache);
            }
            int[] ids = loaded.tokenizer().encode(text, SpecialTokens.PARSED, true);
            int known = promptCache == null ? 0 : loaded.generator().known(ids, options);
            if (search.isBeamSearch() || search.isBestOf()) {
                new SeveralTexts(loaded, text, ids, options, search, json, quiet).print();
                keep(loaded, ids, options, known);
                return 0;
            }
            if (json) {
                Generation generation = loaded.generator().generate(ids, options, part -> !cancelled);
                keep(loaded, ids, options, known);
                System.out.println(RunReport.json(text, generation, options, loaded.tokenizer()));
                return 0;
            }
            Generation generation = loaded.generator().generate(ids, options, new Screen(answers ? text + "\n" : text));
            System.out.println();
            keep(loaded, ids, options, known);
            RunReport.table(generation, loaded.tokenizer(), System.out);
            if (!quiet) {
                boolean styled = Style.wanted(Terminal.isStandardError(), System.getenv());
                System.err.println(Style.DIM.of(summary(generation, options), styled));
            }
        } finally {
            done.countDown();
        }
        return 0;
    }

    private void keep(LanguageModel loaded, int[] prompt, GenerateOptions options, int known) throws IOException {
        Path file = forgetting.promptCache();
        if (file != null && loaded.generator().save(prompt, options, known, file) == 0) {
            System.err.println("keiryo: the prompt was not kept, as it is longer than its context");
        }
    }

    /** All of it; the line end that an {@code echo} puts at the very end does not belong to the text. */
    private static String standardInput() throws IOException {
        String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        return text.endsWith("\n") ? text.substring(0, text.length() - (text.endsWith("\r\n") ? 2 : 1)) : text;
    }

    /** Shows the prompt once the model has accepted it, then the text as it comes. */
    private final class Screen implements Generator.Listener {
        private final PrintStream out = System.out;
        private final String prompt;

        Screen(String prompt) {
            this.prompt = prompt;
        }

        @Override
        public void accepted(int promptTokens) {
            out.print(Style.GIVEN.of(prompt, Style.wanted(Terminal.isStandardOutput(), System.getenv())));
            out.flush();
            progress = Progress.PROMPT;
        }

        @Override
        public boolean goesOn() {
            return !cancelled;
        }

        @Override
        public boolean text(String text) {
            progress = Progress.TEXT;
            out.print(text);
            out.flush();
            return !cancelled && !out.checkError();
        }
    }

    /** Refuses options that a search would not heed. */
    private void checkSearch() {
        search.check();
        draft.check();
        forgetting.check(draft);
        if (draft.given() && (search.isBeamSearch() || search.isBestOf())) {
            throw new UsageException("--draft guesses for one text; --beams and --best-of fill the machine already");
        }
        LogitSource source = sampler.chain().source();
        if (draft.given() && source instanceof ContrastiveSearch) {
            throw new UsageException(source + " processes several tokens a step already, and takes no --draft");
        }
        if (forgetting.whenFull().goesOn() && source instanceof ContrastiveSearch) {
            throw new UsageException(source + " remembers all of the text, and does not go with --context-full");
        }
        if (search.isBestOf() && source != LogitSource.MODEL) {
            throw new UsageException(source + " takes one text at a time, so it does not go with --best-of");
        }
        if (search.isBeamSearch() && (sampler.given() || stops.given() || logProbabilities != null || showChain)) {
            throw new UsageException("beam search looks for the most probable text: it heeds no sampler, no --stop and"
                    + " no --logprobs; its own options are --length-penalty, --beam-groups, --beam-temp");
        }
    }

    private GenerateOptions options() {
        try {
            if (promptLogProbabilities && logProbabilities == null) {
                throw new UsageException("--prompt-logprobs goes with --logprobs N");
            }
            Scores scores =
                    logProbabilities == null ? Scores.NONE : new Scores(true, promptLogProbabilities, logProbabilities);
            long s = seed == null ? ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) : seed;
            return GenerateOptions.DEFAULT
                    .withMaxTokens(maxTokens)
                    .withChain(sampler.chain())
                    .withSeed(s)
                    .withStops(stops.stops())
                    .withContext(context)
                    .withWhenFull(forgetting.whenFull())
                    .withScores(scores);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /** On Ctrl-C the JVM shuts down; this lets the last token and the summary out first. A long prompt is not waited for. */
    private CountDownLatch stopOnInterrupt() {
        CountDownLatch done = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            cancelled = true;
            if (progress == Progress.PROMPT) {
                System.out.println();
            }
            if (progress != Progress.TEXT) {
                return;
            }
            try {
                done.await(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        Runtime.getRuntime().addShutdownHook(hook);
        return done;
    }

    private static String summary(Generation g, GenerateOptions options) {
        return String.format(
                Locale.ROOT,
                "[%s] prompt %s%s, %.1f tokens/s; generated %s, %.1f tokens/s; peak memory %s%s",
                g.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                tokens(g.promptTokens()),
                g.knownTokens() == 0 ? "" : " (" + g.knownTokens() + " known)",
                g.promptTokensPerSecond(),
                tokens(g.tokens().length),
                g.tokensPerSecond(),
                Bytes.format(ProcessMemory.peak()),
                (options.speculation().most() == 0 ? "" : DraftOptions.summary(g.drafts(), g.tokens().length))
                        + (options.chain().isDeterministic() ? "" : "; seed " + options.seed()));
    }

    private static String tokens(int n) {
        return n + (n == 1 ? " token" : " tokens");
    }
}
