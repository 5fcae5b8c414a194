package dev.keiryo.bench;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.generate.GenerateOptions;
import dev.keiryo.generate.Generation;
import dev.keiryo.generate.SamplerChain;
import dev.keiryo.generate.SkippedLayers;
import dev.keiryo.generate.Speculation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A text of some tokens, with guesses and without: {@code -p model=FILE}, {@code -p draft=none,lookup,skip,DRAFT_FILE}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class SpeculationBenchmark {
    @Param({""})
    public String model = "";

    @Param({"none", "lookup", "skip"})
    public String draft = "none";

    @Param({"true"})
    public boolean adaptive = true;

    @Param({"1"})
    public int branches = 1;

    @Param({"100"})
    public int tokens = 100;

    @Param({"2"})
    public int threads = 2;

    @Param({"greedy"})
    public String chain = "greedy";

    /** How often a phrase of eight tokens is forced upon the text: then it repeats itself whatever the model. */
    @Param({"0"})
    public int repeat;

    @Param({"Once upon a time, there was a cat. The cat was big. The cat was black. The cat was"})
    public String prompt = "";

    private @Nullable LanguageModel loaded;
    private @Nullable LanguageModel small;
    private GenerateOptions options = GenerateOptions.DEFAULT;
    private @Nullable Generation last;

    @Setup
    public void load() throws IOException {
        EngineOptions engine = EngineOptions.defaults().withThreads(threads);
        LanguageModel target = Keiryo.load(Path.of(model), engine);
        loaded = target;
        String forced = repeat == 0 ? "" : "forced_tokens:" + "5|11|23|7|99|42|31|8|".repeat(repeat) + "5;";
        options = GenerateOptions.DEFAULT
                .withChain(SamplerChain.parse(forced + chain))
                .withMaxTokens(tokens)
                .withSpeculation(speculation(target, engine));
    }

    private Speculation speculation(LanguageModel target, EngineOptions engine) throws IOException {
        Speculation chosen = Speculation.NONE;
        if (draft.equals("lookup")) {
            chosen = Speculation.LOOKUP;
        } else if (draft.equals("skip")) {
            int layers = target.engine().transformer().shape().layers();
            SkippedLayers skipped = new SkippedLayers(target.engine(), SkippedLayers.middle(layers));
            chosen = new Speculation(capacity -> skipped, 5);
        } else if (!draft.equals("none")) {
            LanguageModel guesser = Keiryo.load(Path.of(draft), engine);
            small = guesser;
            chosen = Speculation.byModel(target.engine(), target.tokenizer(), guesser.engine(), guesser.tokenizer());
        }
        return chosen.withBranches(branches).withAdaptive(adaptive);
    }

    @Benchmark
    public @Nullable Generation generate() {
        if (loaded != null) {
            last = loaded.generate(prompt, options, text -> true);
        }
        return last;
    }

    @TearDown(Level.Trial)
    public void report() {
        if (last != null) {
            System.out.println("\n# " + last.drafts() + ", " + last.tokens().length + " tokens");
        }
        if (small != null) {
            small.close();
        }
        if (loaded != null) {
            loaded.close();
        }
    }
}
