package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.cost.Cost;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.Batch;
import dev.keiryo.engine.Engine;
import dev.keiryo.engine.Sequence;
import dev.keiryo.file.ProcessMemory;
import dev.keiryo.generate.Generator;
import dev.keiryo.kernel.Activations;
import dev.keiryo.kernel.Kernels;
import dev.keiryo.kernel.MachineLimits;
import dev.keiryo.kernel.Workers;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code keiryo bench}: tokens per second as llama-bench defines them: "pp" processes a prompt of random tokens in an
 * empty context, "tg" generates random tokens one at a time, from an empty context too.
 */
@Command(name = "bench", description = "Measures prefill and decode speed, and their share of the machine's limits.")
final class Bench implements Callable<Integer> {
    /** Runs not counted: until the JVM has compiled what it will. */
    private static final long WARM_UP_NANOS = 2_000_000_000L;

    @Mixin
    private ModelArgument model = new ModelArgument();

    @Option(
            names = "--shape",
            paramLabel = "SHAPE",
            description = {
                "In place of MODEL: one of this shape with random weights, kept in $KEIRYO_CACHE or ~/.cache/keiryo.",
                "Known are ${COMPLETION-CANDIDATES}."
            },
            completionCandidates = ShapeOptions.ShapeNames.class)
    private @Nullable String shape;

    @Mixin
    private SyntheticModel synthetic = new SyntheticModel();

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-p", "--prompt-tokens"},
            paramLabel = "N",
            description = "Tokens of the prompt; 0 for no such test. Default: ${DEFAULT-VALUE}")
    private int promptTokens = 128;

    @Option(
            names = {"-n", "--generate-tokens"},
            paramLabel = "N",
            description = "Tokens to generate; 0 for no such test. Default: ${DEFAULT-VALUE}")
    private int generateTokens = 32;

    @Option(
            names = {"-d", "--depth"},
            paramLabel = "N",
            description = "Tokens that the context holds already when a test begins. Default: ${DEFAULT-VALUE}")
    private int depth = 0;

    @Option(
            names = {"-s", "--sequences"},
            paramLabel = "N",
            description = "Texts generated at once, whose tokens count together. Default: ${DEFAULT-VALUE}")
    private int sequences = 1;

    @Option(
            names = {"-r", "--repeats"},
            paramLabel = "N",
            description =
                    "Runs of each test, after two seconds of runs that are not counted. Default: ${DEFAULT-VALUE}")
    private int repeats = 5;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    /**
     * @param name pp128, tg32
     * @param tokensPerSecond of each run
     * @param gigabytesPerSecond weights read per second by the median run
     * @param gigaflopsPerSecond done by the median run
     */
    private record Result(String name, double[] tokensPerSecond, double gigabytesPerSecond, double gigaflopsPerSecond) {
        double median() {
            return Bench.median(tokensPerSecond);
        }
    }

    /**
     * @param loadSeconds from opening the model's files to being ready to compute
     * @param peakBytes the most memory that this process has held
     */
    private record Footprint(double loadSeconds, long peakBytes) {}

    @Override
    public Integer call() throws IOException {
        if (promptTokens < 0 || generateTokens < 0 || depth < 0 || repeats < 1 || sequences < 1) {
            throw new UsageException("-p, -n and -d should be at least 0, -r and -s at least 1");
        }
        Path path = path();
        Kernels kernels = Kernels.best();
        long start = System.nanoTime();
        try (LanguageModel loaded = Keiryo.load(path, model.options().withKernels(kernels))) {
            double loadSeconds = (System.nanoTime() - start) / 1e9;
            Engine engine = loaded.engine();
            Checkpoint checkpoint = engine.checkpoint();
            if (engine.transformer().kind() == Kind.ENCODER_DECODER) {
                throw new UsageException("encoder-decoder models cannot be measured this way");
            }
            List<Result> results = new ArrayList<>();
            if (promptTokens > 0) {
                results.add(measure(engine, "pp" + promptTokens, promptTokens, Generator.PREFILL, 1));
            }
            if (generateTokens > 0 && engine.transformer().kind() == Kind.DECODER) {
                results.add(measure(engine, "tg" + generateTokens, generateTokens, 1, sequences));
            }
            // before what follows, which takes memory of its own
            Footprint footprint = new Footprint(loadSeconds, ProcessMemory.peak());
            MachineLimits limits;
            try (Workers workers = new Workers(model.threads())) {
                limits = MachineLimits.measure(workers);
            }
            double peak = peak(engine, kernels, limits);
            long bytes = checkpoint.weights().stream()
                    .mapToLong(w -> w.data().byteSize())
                    .sum();
            if (json) {
                System.out.println(json(path, kernels, footprint, limits, peak, results, bytes));
            } else {
                print(checkpoint, kernels, footprint, limits, peak, results, bytes);
            }
        }
        return 0;
    }

    private Path path() throws IOException {
        if (shape == null) {
            if (synthetic.isDescribed()) {
                throw new UsageException("--type and the numbers of a shape are for --shape; a MODEL has its own");
            }
            return model.path();
        }
        if (spec.commandLine().getParseResult().hasMatchedPositional(0)) {
            throw new UsageException("a MODEL or --shape, not both");
        }
        return synthetic.cached(shape, model.threads());
    }

    /** @param count sequences that are fed at once */
    private Result measure(Engine engine, String name, int tokens, int chunk, int count) {
        int step = engine.transformer().kind() == Kind.ENCODER ? tokens : Math.min(chunk, tokens);
        int vocabulary = engine.transformer().shape().vocabulary();
        int[] ids = new SplittableRandom(1).ints(depth + tokens, 0, vocabulary).toArray();
        double[] seconds = new double[repeats];
        List<Sequence> texts = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                texts.add(engine.newSequence(depth + tokens));
                feed(engine, texts.subList(i, i + 1), ids, 0, depth, Generator.PREFILL);
            }
            long warmUntil = System.nanoTime() + WARM_UP_NANOS;
            do {
                texts.forEach(text -> text.truncate(depth));
                feed(engine, texts, ids, depth, depth + tokens, step);
            } while (System.nanoTime() < warmUntil);
            for (int run = 0; run < repeats; run++) {
                texts.forEach(text -> text.truncate(depth));
                long start = System.nanoTime();
                feed(engine, texts, ids, depth, depth + tokens, step);
                seconds[run] = (System.nanoTime() - start) / 1e9;
            }
        } finally {
            texts.forEach(Sequence::close);
        }
        Cost cost = Cost.of(engine.transformer(), step);
        double[] speeds = Arrays.stream(seconds).map(s -> count * tokens / s).toArray();
        double passesPerSecond = median(speeds) / count / step;
        return new Result(
                (count == 1 ? name : count + "x" + name) + (depth == 0 ? "" : "@" + depth),
                speeds,
                cost.weightBytes() * passesPerSecond / 1e9,
                cost.flops() * count * passesPerSecond / 1e9);
    }

    private static void feed(Engine engine, List<Sequence> texts, int[] ids, int from, int end, int step) {
        Batch batch = new Batch();
        for (int at = from; at < end; at += step) {
            batch.clear();
            for (Sequence text : texts) {
                batch.add(text, ids, at, Math.min(end, at + step), Batch.Output.LAST);
            }
            engine.forward(batch);
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }

    /** Multiply-adds a second, two for each, of the kind that most weights are multiplied with. */
    private double peak(Engine engine, Kernels kernels, MachineLimits limits) {
        boolean whole = model.options().activations() != ActivationType.F32
                && Cost.layers(engine.transformer()).stream()
                                .mapToLong(l -> kernels.form(l.weight().type()).kind() == Activations.Kind.INT8
                                        ? l.weight().count()
                                        : -l.weight().count())
                                .sum()
                        > 0;
        return whole && limits.int8PerSecond() > 0 ? limits.int8PerSecond() : limits.flopsPerSecond();
    }

    private void print(
            Checkpoint checkpoint,
            Kernels kernels,
            Footprint footprint,
            MachineLimits limits,
            double peak,
            List<Result> results,
            long bytes)
            throws IOException {
        long parameters = checkpoint.weights().stream().mapToLong(Weight::count).sum();
        System.out.printf(
                Locale.ROOT,
                "%s, %.1f M parameters, %s, %d threads, %s kernels%n",
                checkpoint.metadata().architecture(),
                parameters / 1e6,
                Bytes.format(bytes),
                model.threads(),
                kernels.name());
        System.out.printf(
                Locale.ROOT,
                "loaded in %.2f s; this process has held %s at most%n",
                footprint.loadSeconds(),
                Bytes.format(footprint.peakBytes()));
        System.out.printf(
                Locale.ROOT,
                "limits measured now: memory %.1f GB/s, float32 %.0f GFLOP/s, int8 %.0f GOP/s%n",
                limits.bytesPerSecond() / 1e9,
                limits.flopsPerSecond() / 1e9,
                limits.int8PerSecond() / 1e9);
        for (Result r : results) {
            System.out.printf(
                    Locale.ROOT,
                    "%-8s %10.2f tokens/s (%.2f to %.2f, runs: %d); weights %.2f GB/s, %.0f%% of memory; %.1f GFLOP/s, %.0f%% of peak%n",
                    r.name(),
                    r.median(),
                    Arrays.stream(r.tokensPerSecond()).min().orElse(0),
                    Arrays.stream(r.tokensPerSecond()).max().orElse(0),
                    repeats,
                    r.gigabytesPerSecond(),
                    100e9 * r.gigabytesPerSecond() / limits.bytesPerSecond(),
                    r.gigaflopsPerSecond(),
                    100e9 * r.gigaflopsPerSecond() / peak);
        }
    }

    private String json(
            Path path,
            Kernels kernels,
            Footprint footprint,
            MachineLimits limits,
            double peak,
            List<Result> results,
            long bytes) {
        ObjectNode root = JsonMapper.shared().createObjectNode();
        root.put("model", shape == null ? model.name() : path.toString());
        root.put("weightBytes", bytes);
        root.put("threads", model.threads());
        root.put("kernels", kernels.name());
        root.put("loadSeconds", footprint.loadSeconds());
        root.put("peakProcessBytes", footprint.peakBytes());
        root.put("memoryBytesPerSecond", limits.bytesPerSecond());
        root.put("float32FlopsPerSecond", limits.flopsPerSecond());
        root.put("int8OpsPerSecond", limits.int8PerSecond());
        ArrayNode tests = root.putArray("tests");
        for (Result r : results) {
            ObjectNode t = tests.addObject();
            t.put("test", r.name());
            t.put("medianTokensPerSecond", r.median());
            ArrayNode runs = t.putArray("tokensPerSecond");
            Arrays.stream(r.tokensPerSecond()).forEach(runs::add);
            t.put("weightBytesPerSecond", 1e9 * r.gigabytesPerSecond());
            t.put("flopsPerSecond", 1e9 * r.gigaflopsPerSecond());
            t.put("shareOfMemoryBandwidth", 1e9 * r.gigabytesPerSecond() / limits.bytesPerSecond());
            t.put("shareOfArithmeticPeak", 1e9 * r.gigaflopsPerSecond() / peak);
        }
        return root.toString();
    }
}
