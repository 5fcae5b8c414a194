package dev.keiryo.cli;

import dev.keiryo.kernel.MachineLimits;
import dev.keiryo.kernel.Workers;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.synth.ModelShapes;
import dev.keiryo.synth.ShapeCheckpoint;
import dev.keiryo.train.TrainingMemory;
import dev.keiryo.train.scaling.LawFile;
import dev.keiryo.train.scaling.ScalingLaw;
import dev.keiryo.train.scaling.SizedShape;
import dev.keiryo.train.scaling.StepTime;
import dev.keiryo.train.tape.TapeOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import tools.jackson.databind.node.ObjectNode;

/** The size and the number of tokens that a budget of computation or of time buys most with. */
final class TrainPlan {
    private static final Pattern TIME = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)([smhd])");
    /** Shapes are tried, and their speed measured, until the budget of time is met about. */
    private static final int ROUNDS = 3;
    /** Of what arithmetic the machine can do, what a step is thought to reach before any is measured. */
    private static final double FIRST_GUESS = 0.5;

    @Option(
            names = "--train",
            description =
                    "Says which size of SHAPE, trained on how many tokens, gives the least loss for --flops or --time, by a scaling law.")
    private boolean wanted;

    @Option(names = "--flops", paramLabel = "C", description = "Floating-point operations to train with, such as 1e18.")
    private double flops;

    @Option(
            names = "--time",
            paramLabel = "TIME",
            description = "Time to train for on this machine, whose speed is measured: 90s, 45m, 2h, 1.5d.",
            converter = Duration.class)
    private @Nullable Double time;

    @Option(
            names = "--law",
            paramLabel = "FILE",
            description =
                    "A scaling.json of keiryo scaling. Default: Hoffmann et al. 2022, for text of the web and 32,000 tokens")
    private @Nullable Path law;

    /** Reads an amount of time as seconds. */
    static final class Duration implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            Matcher m = TIME.matcher(text);
            if (!m.matches()) {
                throw new TypeConversionException("expected a time such as 90s, 45m, 2h or 1.5d, not '" + text + "'");
            }
            double unit = switch (m.group(2)) {
                case "s" -> 1;
                case "m" -> 60;
                case "h" -> 3600;
                default -> 86400;
            };
            return Double.parseDouble(m.group(1)) * unit;
        }
    }

    boolean isWanted() {
        if (!wanted && (flops != 0 || time != null || law != null)) {
            throw new UsageException("--flops, --time and --law go with --train");
        }
        return wanted;
    }

    /**
     * What was found.
     *
     * @param optimum by the law
     * @param shape of about its size
     * @param tokensOfStep as measured
     * @param seconds of a step
     */
    record Found(
            double flops,
            ScalingLaw.Optimum optimum,
            SizedShape shape,
            long tokensOfStep,
            double seconds,
            TrainingMemory memory) {
        double trainingSeconds() {
            return optimum.tokens() / tokensOfStep * seconds;
        }

        /** {@code 3.2 hours}. */
        String duration() {
            double s = trainingSeconds();
            return s < 120
                    ? String.format(Locale.ROOT, "%.0f s", s)
                    : s < 7200
                            ? String.format(Locale.ROOT, "%.0f minutes", s / 60)
                            : s < 172800
                                    ? String.format(Locale.ROOT, "%.1f hours", s / 3600)
                                    : String.format(Locale.ROOT, "%.1f days", s / 86400);
        }
    }

    /**
     * Finds it and says it.
     *
     * @param root receives the figures
     */
    void tell(String subject, int tokens, TapeOptions.Storage storage, int threads, PlanText text, ObjectNode root)
            throws IOException {
        ModelShape family = ModelShapes.find(subject);
        if (family == null) {
            throw new UsageException(
                    "--train takes the name of a shape whose other sizes are looked at, such as tiny or gpt2, not "
                            + subject);
        }
        Found found = find(family, tokens, storage, threads);
        SizedShape shape = found.shape();
        root.put("flops", found.flops());
        root.put("parameters", found.optimum().parameters());
        root.put("tokens", found.optimum().tokens());
        root.put("loss", found.optimum().loss());
        root.put("shapeParameters", shape.parameters());
        root.put("layers", shape.shape().layers());
        root.put("hidden", shape.shape().hidden());
        root.put("ffn", shape.shape().ffn());
        root.put("heads", shape.shape().heads());
        root.put("secondsPerStep", found.seconds());
        root.put("tokensPerStep", found.tokensOfStep());
        root.put("seconds", found.trainingSeconds());
        root.put("memoryBytes", found.memory().total());
        root.put("memoryBytesCheckpointed", found.memory().totalCheckpointed());
        text.title(
                String.format(Locale.ROOT, "%.3g floating-point operations of training buy most with", found.flops()));
        text.row(
                "parameters",
                String.format(Locale.ROOT, "%,.0f", found.optimum().parameters()));
        text.row(
                "tokens",
                String.format(
                        Locale.ROOT,
                        "%,.0f (%.0f for each parameter)",
                        found.optimum().tokens(),
                        found.optimum().tokens() / found.optimum().parameters()));
        text.row(
                "loss by the law",
                String.format(Locale.ROOT, "%.3f nats a token", found.optimum().loss())
                        + (law == null && found.optimum().parameters() < ScalingLaw.CHINCHILLA_SMALLEST
                                ? ", not to be trusted: the paper's models have 70 million parameters and more;"
                                        + " keiryo scaling fits a law to your text (--law)"
                                : ""));
        text.row(
                "shape",
                String.format(
                        Locale.ROOT,
                        "--shape %s --layers %d --hidden %d --ffn %d --heads %d --kv-heads %d: %,d parameters",
                        family.name(),
                        shape.shape().layers(),
                        shape.shape().hidden(),
                        shape.shape().ffn(),
                        shape.shape().heads(),
                        shape.shape().kvHeads(),
                        shape.parameters()));
        text.row(
                "time on this machine",
                String.format(
                        Locale.ROOT,
                        "%s: %,.0f steps of %,d tokens, %.3f s each, measured now on one and two of its layers",
                        found.duration(),
                        found.optimum().tokens() / found.tokensOfStep(),
                        found.tokensOfStep(),
                        found.seconds()));
        text.row(
                "memory",
                PlanText.size(found.memory().total()).strip() + ", with all layers computed again "
                        + PlanText.size(found.memory().totalCheckpointed()).strip(),
                text.fits(found.memory().total()));
    }

    /**
     * @param family the shape whose other sizes are looked at
     * @param tokens of a step
     */
    private Found find(ModelShape family, int tokens, TapeOptions.Storage storage, int threads) throws IOException {
        Double limit = time;
        if ((flops > 0) == (limit != null) || flops < 0) {
            throw new UsageException("--train takes either --flops or --time, above 0");
        }
        if (family.experts() > 0) {
            throw new UsageException("scaling laws of mixtures of experts are others; name a shape without");
        }
        ScalingLaw used = law == null ? ScalingLaw.CHINCHILLA : LawFile.read(law);
        int length = Math.min(family.context(), Math.min(512, tokens));
        int windows = Math.max(1, tokens / length);
        try (Workers workers = new Workers(threads)) {
            double budget = limit == null
                    ? flops
                    : limit * FIRST_GUESS * MachineLimits.measure(workers).flopsPerSecond();
            Found found = found(used, budget, family, windows, length, storage, workers);
            for (int i = 1; i < ROUNDS && limit != null; i++) {
                // As many operations as this size gets done in the time.
                budget *= limit / found.trainingSeconds();
                found = found(used, budget, family, windows, length, storage, workers);
            }
            return found;
        }
    }

    private static Found found(
            ScalingLaw law,
            double flops,
            ModelShape family,
            int windows,
            int length,
            TapeOptions.Storage storage,
            Workers workers)
            throws IOException {
        ScalingLaw.Optimum best = law.optimum(flops);
        if (!(best.parameters() >= 1000 && best.parameters() <= 2e10)) {
            throw new UsageException(String.format(
                    Locale.ROOT,
                    "%.3g floating-point operations buy most with %.3g parameters; this command measures shapes of 1,000 to 2e10",
                    flops,
                    best.parameters()));
        }
        SizedShape shape = SizedShape.near(best.parameters(), family);
        double seconds = StepTime.seconds(shape.shape(), windows, length, workers);
        try (ShapeCheckpoint plan = new ShapeCheckpoint(shape.shape(), Recipe.F32)) {
            TrainingMemory memory = TrainingMemory.full(plan, windows * length, length, workers.size(), storage);
            return new Found(flops, best, shape, (long) windows * length, seconds, memory);
        }
    }
}
