package dev.keiryo.cli;

import dev.keiryo.kernel.Workers;
import dev.keiryo.synth.ModelShape;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.train.Objective;
import dev.keiryo.train.Progress;
import dev.keiryo.train.StepFigures;
import dev.keiryo.train.TrainingRun;
import dev.keiryo.train.Validation;
import dev.keiryo.train.scaling.LawFile;
import dev.keiryo.train.scaling.Rung;
import dev.keiryo.train.scaling.ScalingFit;
import dev.keiryo.train.scaling.ScalingLaw;
import dev.keiryo.train.scaling.ScalingPage;
import dev.keiryo.train.scaling.ScalingPoint;
import dev.keiryo.train.scaling.SizedShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo scaling}: a ladder of small models, and the law that their losses follow. */
@Command(
        name = "scaling",
        description = {
            "Trains small models of several sizes on several numbers of tokens, fits L(N, D) = E + A/N^alpha + B/D^beta, and says what it"
                    + " tells of a larger one, and how far that is off.",
            "OUT holds a folder for each training, scaling.json (for keiryo plan --train --law) and index.html with curves. The same command"
                    + " goes on where it was ended."
        })
final class Scaling implements Callable<Integer> {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,3})x([0-9]{1,5})");

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "The ladder's folder.")
    private Path out = Path.of("");

    @Mixin
    private TokenizerOption tokenizer = new TokenizerOption();

    @Mixin
    private TrainDataOptions data = new TrainDataOptions();

    @Option(
            names = "--sizes",
            split = ",",
            paramLabel = "LxW",
            description = "Layers and width of at least four models. Default: ${DEFAULT-VALUE}")
    private List<String> sizes = List.of("2x32", "2x64", "3x96", "4x128");

    @Option(
            names = "--held-out",
            paramLabel = "LxW",
            description =
                    "A larger one that the fit does not see: trained on the most tokens to see how far the prediction is off. Default: ${DEFAULT-VALUE}")
    private String heldOut = "5x192";

    @Option(
            names = "--train-steps",
            split = ",",
            paramLabel = "N",
            description = "Steps of each size's trainings, at least two numbers. Default: ${DEFAULT-VALUE}")
    private List<Long> steps = List.of(125L, 250L, 500L);

    @Option(names = "--learning-rate", paramLabel = "R", description = "The greatest. Default: ${DEFAULT-VALUE}")
    private double learningRate = 2e-3;

    @Option(
            names = "--flops",
            paramLabel = "C",
            description =
                    "The budget whose optimum is told, such as 1e15. Default: a hundred times the largest training")
    private double flops;

    @Option(
            names = "--bootstrap",
            paramLabel = "N",
            description = "Fits to points drawn anew. Default: ${DEFAULT-VALUE}")
    private int bootstrap = 200;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Of weights, batches, bootstrap. Default: ${DEFAULT-VALUE}")
    private long seed = 1;

    @Mixin
    private Threads threads = new Threads();

    @Option(names = "--json", description = "Prints scaling.json.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (sizes.stream().distinct().count() < 4 || steps.stream().distinct().count() < 2) {
            throw new UsageException("a fit takes at least four --sizes and two numbers of --train-steps");
        }
        if (!(learningRate > 0) || flops < 0 || bootstrap < 1 || steps.stream().anyMatch(n -> n < 1)) {
            throw new UsageException(
                    "--learning-rate and --train-steps should be positive, --flops not negative, --bootstrap at least 1");
        }
        Tokenizer text = tokenizer.open();
        try {
            ModelShape family = new ShapeOptions().of("tiny", text.size());
            Objective objective = new Objective.NextToken();
            data.settle(family.context());
            try (TrainDataOptions.Opened opened = data.open(text, objective, 1, seed);
                    Workers workers = new Workers(threads.count())) {
                climb(family, opened, workers, text.size());
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
        return 0;
    }

    private static SizedShape shape(String size, ModelShape family) {
        Matcher m = SIZE.matcher(size);
        if (!m.matches()) {
            throw new UsageException("expected layers and width such as 4x128, not " + size);
        }
        int width = Integer.parseInt(m.group(2));
        if (width == 0 || width % 32 != 0) {
            throw new UsageException("widths should be multiples of 32, not " + width);
        }
        int ffn = Math.max(32, Math.round(8 * width / 3f / 32) * 32);
        return SizedShape.of(family.with(Integer.parseInt(m.group(1)), width, ffn, width / 32, width / 32, 0, 0));
    }

    private void climb(ModelShape family, TrainDataOptions.Opened opened, Workers workers, int vocabulary)
            throws IOException {
        long tokensOfStep = data.tokensOfPass();
        List<Rung> rungs = new ArrayList<>();
        for (String size : sizes) {
            for (long n : steps) {
                rungs.add(new Rung(shape(size, family), n, tokensOfStep));
            }
        }
        long most = steps.stream().mapToLong(n -> n).max().orElseThrow();
        Rung last = new Rung(shape(heldOut, family), most, tokensOfStep);
        if (rungs.stream().anyMatch(r -> r.model().parameters() >= last.model().parameters())) {
            throw new UsageException("--held-out should be larger than all --sizes: it has "
                    + last.model().parameters() + " weights");
        }
        rungs.add(last);
        Rung.Setting setting = new Rung.Setting(
                out,
                tokenizer.keys(vocabulary),
                opened.batches(),
                opened.measured(),
                opened.window(),
                learningRate,
                seed,
                "length=" + opened.window() + " batch-tokens=" + data.tokensOfPass() + " measured="
                        + opened.measured().length + " data=" + opened.identity());
        List<ScalingPoint> points = new ArrayList<>();
        try (ProgressBar bar = ProgressBar.onStandardError()) {
            for (Rung rung : rungs) {
                points.add(rung.run(setting, workers, shown(bar, rung, points.size() + 1, rungs.size())));
            }
        }
        report(points.subList(0, points.size() - 1), points.getLast(), family, opened.tokens());
    }

    private static TrainingRun.Listener shown(ProgressBar bar, Rung rung, int number, int of) {
        return new TrainingRun.Listener() {
            @Override
            public void stepped(StepFigures f, Progress progress) {
                bar.detail(String.format(
                        Locale.ROOT,
                        "loss %.4f, %,.0f tokens/s, training %d of %d",
                        f.loss(),
                        f.tokensPerSecond(),
                        number,
                        of));
                bar.stage(rung.name(), progress.steps(), rung.steps());
            }

            @Override
            public void validated(Validation validation, Progress progress) {
                bar.note(String.format(Locale.ROOT, "%s: validation loss %.4f", rung.name(), validation.loss()));
            }
        };
    }

    private void report(List<ScalingPoint> points, ScalingPoint last, ModelShape family, long tokens)
            throws IOException {
        ScalingFit fit = ScalingFit.of(points, bootstrap, new SplittableRandom(seed));
        ScalingLaw law = fit.law();
        double predicted = law.loss(last.parameters(), last.tokens());
        double budget = flops > 0 ? flops : 100 * ScalingLaw.FLOPS * last.parameters() * last.tokens();
        ScalingLaw.Optimum best = law.optimum(budget);
        ObjectNode root = JsonMapper.shared().createObjectNode();
        LawFile.write(law, root.putObject("law"));
        ObjectNode intervals = root.putObject("intervals95");
        Formatter text = new Formatter(Locale.ROOT);
        text.format("%12s %12s %10s %10s%n", "parameters", "tokens", "loss", "fitted");
        for (ScalingPoint p : points) {
            text.format(
                    "%,12.0f %,12.0f %10.4f %10.4f%n",
                    p.parameters(), p.tokens(), p.loss(), law.loss(p.parameters(), p.tokens()));
            point(root.withArray("points").addObject(), p);
        }
        quantity(text, intervals, fit, "E", ScalingLaw::irreducible);
        quantity(text, intervals, fit, "A", ScalingLaw::sizeFactor);
        quantity(text, intervals, fit, "B", ScalingLaw::dataFactor);
        quantity(text, intervals, fit, "alpha", ScalingLaw::sizeExponent);
        quantity(text, intervals, fit, "beta", ScalingLaw::dataExponent);
        ScalingFit.Interval of = fit.interval(l -> l.loss(last.parameters(), last.tokens()));
        text.format(
                "held out: %,.0f parameters, %,.0f tokens: loss %.4f, predicted %.4f (%.4f to %.4f), off by %.2f %%%n",
                last.parameters(),
                last.tokens(),
                last.loss(),
                predicted,
                of.low(),
                of.high(),
                100 * (predicted / last.loss() - 1));
        ObjectNode held = root.putObject("heldOut");
        point(held, last);
        held.put("predicted", predicted);
        held.put("error", predicted / last.loss() - 1);
        ScalingFit.Interval n = fit.interval(l -> l.optimum(budget).parameters());
        text.format(
                "%.1e floating-point operations buy most with %,.0f parameters (%,.0f to %,.0f) and %,.0f tokens%s: loss %.4f%n",
                budget,
                best.parameters(),
                n.low(),
                n.high(),
                best.tokens(),
                best.tokens() > 4 * tokens ? String.format(Locale.ROOT, " (the data has %,d)", tokens) : "",
                best.loss());
        ObjectNode optimum = root.putObject("optimum");
        optimum.put("flops", budget);
        optimum.put("parameters", best.parameters());
        optimum.put("tokens", best.tokens());
        optimum.put("loss", best.loss());
        if (best.parameters() >= 1000 && best.parameters() < 1e12) {
            ModelShape near = SizedShape.near(best.parameters(), family).shape();
            text.format(
                    "a shape of that size: --layers %d --hidden %d --ffn %d --heads %d%n",
                    near.layers(), near.hidden(), near.ffn(), near.heads());
        }
        Files.createDirectories(out);
        LawFile.write(root, out.resolve("scaling.json"));
        ScalingPage.write(out.resolve("index.html"), law, points, last, text.toString());
        System.out.print(json ? root + "\n" : text.toString());
    }

    private static void point(ObjectNode node, ScalingPoint p) {
        node.put("parameters", p.parameters());
        node.put("tokens", p.tokens());
        node.put("loss", p.loss());
    }

    private static void quantity(
            Formatter text, ObjectNode intervals, ScalingFit fit, String name, ScalingFit.Quantity q) {
        ScalingFit.Interval i = fit.interval(q);
        text.format("%-6s %10.4g (95 %%: %.4g to %.4g)%n", name, q.of(fit.law()), i.low(), i.high());
        intervals.putArray(name).add(i.low()).add(i.high());
    }
}
