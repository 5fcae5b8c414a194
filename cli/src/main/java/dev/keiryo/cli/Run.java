package dev.keiryo.cli;

import dev.keiryo.LanguageModel;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.Sampling;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
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
            description = "The text to continue; - reads it from standard input.")
    @SuppressWarnings("NullAway.Init")
    private String prompt;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            description = "New tokens at most. Default: ${DEFAULT-VALUE}")
    private int maxTokens = GenerateOptions.DEFAULT.maxTokens();

    @Option(
            names = "--temp",
            paramLabel = "T",
            description = "Temperature; 0 always takes the most probable token. Default: ${DEFAULT-VALUE}")
    private float temperature = Sampling.DEFAULT.temperature();

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "Only the K most probable tokens; 0 for all. Default: ${DEFAULT-VALUE}")
    private int topK = Sampling.DEFAULT.topK();

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "Only the most probable tokens that together reach P; 1 for all. Default: ${DEFAULT-VALUE}")
    private float topP = Sampling.DEFAULT.topP();

    @Option(
            names = "--min-p",
            paramLabel = "P",
            description = "Only tokens at least P times as probable as the best; 0 for all. Default: ${DEFAULT-VALUE}")
    private float minP = Sampling.DEFAULT.minP();

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed of the random numbers. Default: another one each time")
    private @Nullable Long seed;

    @Option(
            names = "--stop",
            paramLabel = "S",
            description = "Ends the text where S appears, which is not shown. Repeatable.")
    private List<String> stops = new ArrayList<>();

    @Option(names = "--greedy", description = "Always takes the most probable token.")
    private boolean greedy;

    @Option(
            names = "--ctx",
            paramLabel = "N",
            description =
                    "Tokens that prompt and text may take together. Default: what they need, within the model's limit")
    private int context;

    @Option(names = "--quiet", description = "Prints the prompt and the text, and nothing else.")
    private boolean quiet;

    private volatile boolean cancelled;

    @Override
    public Integer call() throws IOException {
        GenerateOptions options = options();
        String text = prompt.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : prompt;
        PrintStream out = System.out;
        CountDownLatch done = stopOnInterrupt();
        try (LanguageModel loaded = model.load()) {
            out.print(text);
            out.flush();
            Generation generation = loaded.generate(text, options, part -> {
                out.print(part);
                out.flush();
                return !cancelled && !out.checkError();
            });
            out.println();
            if (!quiet) {
                System.err.println(summary(generation, options));
            }
        } finally {
            done.countDown();
        }
        return 0;
    }

    private GenerateOptions options() {
        try {
            Sampling sampling = greedy ? Sampling.GREEDY : new Sampling(topK, topP, minP, temperature);
            long s = seed == null ? ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE) : seed;
            return new GenerateOptions(maxTokens, sampling, s, stops, context);
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    /** On Ctrl-C the JVM shuts down; this lets the last token and the summary out first. */
    private CountDownLatch stopOnInterrupt() {
        CountDownLatch done = new CountDownLatch(1);
        Thread hook = new Thread(() -> {
            cancelled = true;
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
                "[%s] prompt %d tokens, %.1f tokens/s; generated %d tokens, %.1f tokens/s; peak memory %s%s",
                g.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                g.promptTokens(),
                g.promptTokensPerSecond(),
                g.tokens().length,
                g.tokensPerSecond(),
                Bytes.format(PeakMemory.bytes()),
                options.sampling().temperature() == 0 ? "" : "; seed " + options.seed());
    }
}
