package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.lighten.Goal;
import dev.keiryo.lighten.Lightening;
import dev.keiryo.lighten.OwnText;
import dev.keiryo.measure.ComparedModel;
import dev.keiryo.measure.Comparison;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.MeasurementJson;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.measure.Window;
import dev.keiryo.measure.report.ComparisonPage;
import dev.keiryo.model.Transformer.Kind;
import dev.keiryo.quantize.Importances;
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

/** {@code keiryo lighten}: a model as small as asked for, and what that cost. */
@Command(
        name = "lighten",
        description = {
            "Makes a model smaller, and says what that cost.",
            "Tries types that reach the goal, measures each against the model, keeps the best, and writes a report with plots beside it."
        })
final class Lighten implements Callable<Integer> {
    private static final int CONTEXT = 512;
    /** Of the text that the model writes itself. */
    private static final int OWN_TOKENS = 2048;

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
    private static final class Wanted {
        @Option(
                names = "--budget",
                paramLabel = "SIZE",
                description = "The file's size at most, such as 600MiB.",
                converter = Plan.Amount.class)
        private @Nullable Long budget;

        @Option(
                names = "--bits",
                paramLabel = "B",
                description = "Bits a weight at most, scales included, such as 4.5.")
        private @Nullable Double bits;

        @Option(
                names = "--max-kl",
                paramLabel = "N",
                description =
                        "The mean KL divergence at most, in nats a token, such as 0.02; the smallest file that keeps to it is made.")
        private @Nullable Double divergence;

        Goal goal() {
            try {
                return budget != null
                        ? new Goal.FileBytes(budget)
                        : bits != null
                                ? new Goal.BitsPerWeight(bits)
                                : new Goal.MeanDivergence(divergence == null ? Double.NaN : divergence);
            } catch (IllegalArgumentException e) {
                throw new UsageException(String.valueOf(e.getMessage()));
            }
        }
    }

    @Option(
            names = "--corpus",
            paramLabel = "F",
            description = "A UTF-8 text to measure on. Default: what the model writes by itself")
    private @Nullable Path corpus;

    @Option(
            names = "--chunks",
            paramLabel = "N",
            description = "Chunks of 512 tokens (encoders: lines) to measure on. Default: ${DEFAULT-VALUE}")
    private int chunks = 16;

    @Option(
            names = "--tries",
            paramLabel = "N",
            description =
                    "--budget, --bits: how many types are measured, from the largest that fits on. Default: ${DEFAULT-VALUE}")
    private int tries = 3;

    @Mixin
    private Threads threads = new Threads();

    @Option(names = "--json", description = "Prints the report as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (chunks < 1 || tries < 1) {
            throw new UsageException("--chunks and --tries should be at least 1");
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
            if (kind == Kind.ENCODER_DECODER) {
                throw new UsageException("encoder-decoder models cannot be measured this way; use keiryo convert");
            }
            String text = text(model, kind);
            PerplexityDefinition definition = kind == Kind.ENCODER
                    ? null
                    : new PerplexityDefinition.LlamaCpp(Math.min(
                            CONTEXT, model.engine().transformer().shape().context()));
            String prompt = definition == null ? "" : EvaluationText.firstWords(text);
            Lightening.Measure measure = definition == null
                    ? ofLines(text)
                    : ofWindows(first(definition.windows(model.tokenizer(), text)), definition.context(), prompt, bar);
            Lightening lightening = new Lightening(
                    out,
                    goal,
                    Importances.NONE,
                    tries,
                    options,
                    measure,
                    (recipe, done, total) -> bar.stage("bytes, writing " + recipe.label(), done, total));
            return new Lightened(lightening.run(model), definition, prompt);
        }
    }

    private record Lightened(
            Lightening.Result result, @Nullable PerplexityDefinition definition, String prompt) {}

    private String text(LanguageModel model, Kind kind) throws IOException {
        if (corpus == null) {
            if (kind == Kind.ENCODER) {
                throw new UsageException(
                        "an encoder writes nothing: --corpus is needed, a text whose lines are compared");
            }
            return OwnText.of(model, OWN_TOKENS);
        }
        return EvaluationText.read(corpus.toString());
    }

    private List<Window> first(List<Window> windows) {
        return windows.subList(0, Math.min(chunks, windows.size()));
    }

    private static Lightening.Measure ofWindows(List<Window> windows, int context, String prompt, ProgressBar bar) {
        long total = Evaluation.tokens(windows);
        return (name, model, reference) -> ComparedModel.ofDecoder(
                name,
                model,
                reference,
                windows,
                context,
                prompt,
                (tokens, scored, perplexity) -> bar.stage("tokens, measuring " + name, tokens, total));
    }

    private Lightening.Measure ofLines(String text) throws IOException {
        List<String> lines = EvaluationText.lines(text, chunks, String.valueOf(corpus));
        if (wanted.divergence != null) {
            throw new UsageException("--max-kl is for models that predict tokens; give an encoder --budget or --bits");
        }
        return (name, model, reference) -> ComparedModel.ofEncoder(name, model, reference, lines);
    }

    private int report(Lightened lightened) throws IOException {
        Lightening.Result result = lightened.result;
        List<ComparedModel> models = new ArrayList<>(List.of(result.reference()));
        result.tried().forEach(a -> models.add(a.measured()));
        String name = corpus == null ? "the model's own text" : String.valueOf(corpus.getFileName());
        Comparison comparison = new Comparison(name, lightened.definition, lightened.prompt, models);
        String stem = String.valueOf(out.getFileName()).replaceFirst("\\.gguf$", "");
        ComparisonPage.write(comparison, out.resolveSibling(stem + ".html"));
        String figures = MeasurementJson.of(comparison).toString();
        Files.writeString(out.resolveSibling(stem + ".json"), figures + "\n");
        System.out.println(json ? figures : new ComparisonTable(comparison).text());
        Lightening.Attempt best = result.best();
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
                    best.recipe().label(),
                    Bytes.format(best.measured().size().fileBytes()),
                    Bytes.format(result.reference().size().fileBytes()),
                    best.measured().size().bitsPerWeight(),
                    stem);
        }
        return 0;
    }
}
