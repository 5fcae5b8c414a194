package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.KlBaseFile;
import dev.keiryo.measure.KlBaseWriter;
import dev.keiryo.measure.LayerErrors;
import dev.keiryo.measure.ModelPredictions;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.measure.PerplexityDefinition.LlamaCpp;
import dev.keiryo.measure.Predictions;
import dev.keiryo.measure.Vocabularies;
import dev.keiryo.measure.Window;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code keiryo perplexity}: how well a model predicts a text, and how far its predictions are from a reference's. */
@Command(
        name = "perplexity",
        description = "Measures how well a model predicts a text, and what it has lost against a reference.")
final class PerplexityCommand implements Callable<Integer> {
    @Mixin
    private ModelArgument model = new ModelArgument();

    @Mixin
    private EvaluationText text = new EvaluationText();

    @Option(
            names = "--reference",
            paramLabel = "REF",
            description = {
                "A model that MODEL is compared with, token by token; both are in memory.",
                "Or a file of one's predictions, as llama-perplexity --kl-divergence-base writes it, with its text."
            })
    private @Nullable String reference;

    @Option(names = "--layers", description = "With a model as REF: the error of each layer's output.")
    private boolean layers;

    @Option(
            names = "--save-predictions",
            paramLabel = "FILE",
            description = "Writes what MODEL predicts, in that format.")
    private @Nullable Path predictions;

    private @Nullable LayerErrors errors;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Path path = reference == null ? null : ModelArgument.resolve(reference);
        boolean file = path != null && KlBaseFile.isOne(path);
        if (layers && (path == null || file)) {
            throw new UsageException("--layers needs a model as --reference");
        }
        try (LanguageModel loaded = model.load()) {
            if (path == null) {
                measure(loaded, definition -> null);
            } else if (file) {
                againstFile(loaded, path);
            } else {
                againstModel(loaded, path);
            }
        }
        return 0;
    }

    private void againstModel(LanguageModel loaded, Path path) throws IOException {
        try (LanguageModel other = Keiryo.load(path, model.options())) {
            Vocabularies.requireSame(loaded, other);
            if (layers) {
                errors = new LayerErrors();
            }
            measure(
                    loaded,
                    definition -> new ModelPredictions(
                            other.engine(),
                            definition.context(),
                            errors == null ? UnaryOperator.identity() : errors.reference()));
        }
    }

    private void againstFile(LanguageModel loaded, Path path) throws IOException {
        text.requireNone(path.toString());
        try (KlBaseFile base = KlBaseFile.open(path)) {
            evaluate(loaded, base, base.definition(), text.first(base.windows(LlamaCpp.bos(loaded.tokenizer()))));
        }
    }

    /** Predictions of a reference, where there is one. */
    private interface Reference {
        @Nullable
        Predictions open(PerplexityDefinition definition);
    }

    private void measure(LanguageModel loaded, Reference other) throws IOException {
        PerplexityDefinition definition = text.definition(loaded);
        List<Window> windows = text.windows(definition, loaded, text.read());
        try (Predictions theirs = other.open(definition)) {
            evaluate(loaded, theirs, definition, windows);
        }
    }

    private void evaluate(
            LanguageModel loaded, @Nullable Predictions theirs, PerplexityDefinition definition, List<Window> windows)
            throws IOException {
        long start = System.nanoTime();
        Evaluation evaluation;
        Predictions ours = new ModelPredictions(
                loaded.engine(), definition.context(), errors == null ? UnaryOperator.identity() : errors.model());
        if (predictions == null) {
            try (ours) {
                evaluation = run(ours, theirs, windows);
            }
        } else {
            if (!(definition instanceof LlamaCpp)) {
                throw new UsageException("--save-predictions is for --definition llama.cpp");
            }
            try (KlBaseWriter writer = new KlBaseWriter(ours, predictions, definition.context(), windows)) {
                evaluation = run(writer, theirs, windows);
                writer.publish();
            }
        }
        EvaluationReport report = new EvaluationReport(
                definition,
                windows.size(),
                Evaluation.tokens(windows),
                (System.nanoTime() - start) / 1e9,
                evaluation,
                errors == null ? List.of() : errors.relative());
        System.out.println(json ? report.json(model.name(), reference) : report.text());
    }

    private Evaluation run(Predictions ours, @Nullable Predictions theirs, List<Window> windows) throws IOException {
        long total = Evaluation.tokens(windows);
        try (Workers workers = new Workers(model.threads());
                ProgressBar bar = ProgressBar.onStandardError()) {
            return Evaluation.of(ours, theirs, windows, workers, (tokens, scored, perplexity) -> {
                bar.detail(scored == 0 ? "" : String.format(Locale.ROOT, "perplexity %.4f", perplexity));
                bar.stage("tokens", tokens, total);
            });
        }
    }
}
