package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.engine.ActivationType;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.lighten.Goal;
import dev.keiryo.lighten.Lightening;
import dev.keiryo.lighten.MeasuredText;
import dev.keiryo.lighten.Shrinking;
import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.Comparison;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.MeasurementJson;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.measure.report.ComparisonPage;
import dev.keiryo.model.Transformer.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code keiryo lighten}: a model as small as asked for, and what that cost. */
@Command(
        name = "lighten",
        description = {
            "Makes a model smaller, and says what that cost.",
            "Tries what may reach the goal: types as llama.cpp mixes them, the nearest and by calibrated methods, and types chosen for each"
                    + " matrix by what they cost; measures each against the model, keeps the best, and writes a report with plots beside"
                    + " it. What is interrupted goes on with all that was measured when the same command is given again."
        })
final class Lighten implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "MODEL",
            description = "A GGUF file, a Hugging Face folder, an ONNX export of a BERT, or ORG/NAME on the hub.")
    private String in = "";

    @Parameters(
            index = "1",
            paramLabel = "OUT.gguf",
            description = "The file to write; the report is OUT.html and OUT.json.")
    private Path out = Path.of("");

    @ArgGroup(multiplicity = "1")
    private Wanted wanted = new Wanted();

    /** The goal: one of these. */
    private static final class Wanted extends SizeGoal {
        @Option(
                names = "--max-kl",
                paramLabel = "N",
                description =
                        "The mean KL divergence at most, in nats a token, such as 0.02; the smallest file that keeps to it is made.")
        private @Nullable Double divergence;

        @Option(
                names = "--min-similarity",
                paramLabel = "C",
                description =
                        "Encoders: the mean cosine of texts' vectors with the model's own at least, such as 0.99; likewise the smallest.")
        private @Nullable Double similarity;

        Goal goal() {
            Goal size = size();
            if (size != null) {
                return size;
            }
            try {
                return similarity != null
                        ? new Goal.MeanSimilarity(similarity)
                        : new Goal.MeanDivergence(divergence == null ? Double.NaN : divergence);
            } catch (IllegalArgumentException e) {
                throw new UsageException(String.valueOf(e.getMessage()));
            }
        }
    }

    @Option(
            names = "--corpus",
            paramLabel = "F",
            description =
                    "A UTF-8 text to measure on, and to calibrate on where it goes on. Default: what the model writes by itself"
                            + " (encoders: random words of the vocabulary)")
    private @Nullable Path corpus;

    @Option(
            names = "--chunks",
            paramLabel = "N",
            description =
                    "Chunks of 512 tokens (encoders: lines) to measure on, and as many others (four times as many) to calibrate"
                            + " on. Default: 16 (64)")
    private int chunks;

    @Option(
            names = "--tries",
            paramLabel = "N",
            description =
                    "--budget, --bits: how many types are measured, from the largest that fits on. Default: ${DEFAULT-VALUE}")
    private int tries = 3;

    @Option(
            names = "--search",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "Searches for a type for each matrix, too, which takes longest. Default: yes")
    private boolean search;

    @Option(
            names = "--prune",
            paramLabel = "R",
            description = "Takes this share of the layers' weights out before, such as 0.3.")
    private @Nullable Double prune;

    @Option(
            names = "--prune-method",
            paramLabel = "M",
            description =
                    "What goes: neurons of the feed-forward parts (smaller and faster); or single weights, chosen by sparsegpt or"
                            + " wanda, which become zero in a file as large as before. Default: neurons")
    private Shrinking.Method pruneMethod = Shrinking.Method.NEURONS;

    @Mixin
    private Threads threads = new Threads();

    @Option(names = "--json", description = "Prints the report as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (chunks < 0 || tries < 1) {
            throw new UsageException("--tries should be at least 1, and --chunks not negative");
        }
        if (!String.valueOf(out.getFileName()).endsWith(".gguf")) {
            throw new UsageException("OUT should end with .gguf, but is " + out);
        }
        Goal goal = wanted.goal();
        return report(lightened(goal));
    }

    private Lightened lightened(Goal goal) throws IOException {
        EngineOptions options = EngineOptions.defaults().withThreads(threads.count());
        try (LanguageModel model = Keiryo.load(ModelArgument.resolve(in), options);
                ProgressBar bar = ProgressBar.onStandardError()) {
            Kind kind = model.engine().transformer().kind();
            if (kind == Kind.ENCODER_DECODER && corpus == null) {
                throw new UsageException("--corpus is missing: an encoder-decoder writes no text by itself");
            }
            if (kind == Kind.ENCODER && goal instanceof Goal.MeanDivergence) {
                throw new UsageException(
                        "--max-kl is for models that predict tokens; an encoder gives vectors: use --min-similarity 0.99");
            }
            if (kind != Kind.ENCODER && goal instanceof Goal.MeanSimilarity) {
                throw new UsageException(
                        "--min-similarity is for encoders; this model predicts tokens: use --max-kl 0.02");
            }
            bar.stage("reading or writing a text", 0, -1);
            LighteningText text = LighteningText.of(model, corpus, chunks);
            Lightening lightening = new Lightening(
                    out,
                    goal,
                    new Lightening.Options(tries, shrinking(), search),
                    options,
                    measure(text, bar),
                    text.calibration(),
                    bar::stage);
            return new Lightened(lightening.run(model), text);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private @Nullable Shrinking shrinking() {
        try {
            return prune == null ? null : new Shrinking(prune, pruneMethod);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--prune: " + e.getMessage());
        }
    }

    private record Lightened(Lightening.Result result, LighteningText text) {}

    private static Lightening.Measure measure(LighteningText text, ProgressBar bar) {
        return new Lightening.Measure() {
            @Override
            public MeasuredText text() {
                return text.measured();
            }

            @Override
            public ComparedModel of(String name, LanguageModel model, @Nullable LanguageModel reference)
                    throws IOException {
                PerplexityDefinition definition = text.definition();
                return switch (text.measured()) {
                    case MeasuredText.Lines l -> ComparedModel.ofEncoder(name, model, reference, l.lines());
                    case MeasuredText.Windows w -> {
                        long total = Evaluation.tokens(w.windows());
                        yield ComparedModel.ofDecoder(
                                name,
                                model,
                                reference,
                                w.windows(),
                                definition == null ? 0 : definition.context(),
                                text.firstWords(),
                                (tokens, scored, perplexity) -> bar.stage("tokens, measuring " + name, tokens, total));
                    }
                };
            }
        };
    }

    private int report(Lightened lightened) throws IOException {
        Lightening.Result result = lightened.result;
        List<ComparedModel> models = new ArrayList<>(List.of(result.reference()));
        result.tried().forEach(a -> models.add(a.measured()));
        Comparison comparison = new Comparison(
                lightened.text.name(),
                lightened.text.definition(),
                ActivationType.INT8,
                lightened.text.firstWords(),
                models);
        String stem = String.valueOf(out.getFileName()).replaceFirst("\\.gguf$", "");
        ComparisonPage.write(comparison, out.resolveSibling(stem + ".html"));
        ObjectNode root = MeasurementJson.of(comparison);
        describe(result, root.putObject("lightening"));
        String figures = root.toString();
        Files.writeString(out.resolveSibling(stem + ".json"), figures + "\n");
        System.out.println(json ? figures : new ComparisonTable(comparison).text());
        Lightening.Attempt best = result.best();
        result.notes().forEach(note -> System.err.println("not tried: " + note));
        if (result.resumed() > 0) {
            System.err.println("measured before an interruption: " + result.resumed() + " of "
                    + result.tried().size() + " that were tried");
        }
        if (best == null) {
            throw new IOException(
                    result.tried().isEmpty()
                            ? "no type that makes this model smaller is as small as that"
                            : "none of the " + result.tried().size()
                                    + " types tried reaches the goal; their figures are in " + stem + ".html");
        }
        if (!json) {
            System.out.printf(
                    Locale.ROOT,
                    "%n%s: %s, %s instead of %s, %.2f bits a weight; report in %s.html%n",
                    out,
                    best.measured().name(),
                    Bytes.format(best.measured().size().fileBytes()),
                    Bytes.format(result.reference().size().fileBytes()),
                    best.measured().size().bitsPerWeight(),
                    stem);
        }
        return 0;
    }

    /** What was wanted, and what came of it. */
    private void describe(Lightening.Result result, ObjectNode node) {
        switch (wanted.goal()) {
            case Goal.FileBytes file -> node.put("fileBytesAtMost", file.bytes());
            case Goal.BitsPerWeight weight -> node.put("bitsPerWeightAtMost", weight.bits());
            case Goal.MeanDivergence divergence -> node.put("klNatsAtMost", divergence.nats());
            case Goal.MeanSimilarity similarity -> node.put("cosineAtLeast", similarity.cosine());
        }
        if (prune != null) {
            node.put("prunedShareOfLayers", prune)
                    .put("pruneMethod", pruneMethod.name().toLowerCase(Locale.ROOT));
        }
        if (result.best() != null) {
            node.put("kept", result.best().measured().name());
        }
        ArrayNode notes = node.putArray("notTried");
        result.notes().forEach(notes::add);
    }
}
