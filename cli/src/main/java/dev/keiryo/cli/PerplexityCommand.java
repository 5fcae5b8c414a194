package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.kernel.Workers;
import dev.keiryo.measure.Evaluation;
import dev.keiryo.measure.ModelPredictions;
import dev.keiryo.measure.PerplexityDefinition;
import dev.keiryo.measure.Predictions;
import dev.keiryo.measure.Vocabularies;
import dev.keiryo.measure.Window;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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
            description = "A model that MODEL is compared with, token by token; both are in memory.")
    private @Nullable String reference;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        String read = text.read();
        try (LanguageModel loaded = model.load();
                LanguageModel other =
                        reference == null ? null : Keiryo.load(ModelArgument.resolve(reference), model.options())) {
            if (other != null) {
                Vocabularies.requireSame(loaded, other);
            }
            PerplexityDefinition definition =
                    text.definition(loaded.engine().transformer().shape().context());
            List<Window> windows = text.windows(definition, loaded, read);
            long start = System.nanoTime();
            Evaluation evaluation = evaluate(loaded, other, definition, windows);
            EvaluationReport report = new EvaluationReport(
                    definition,
                    windows.size(),
                    Evaluation.tokens(windows),
                    (System.nanoTime() - start) / 1e9,
                    evaluation);
            System.out.println(json ? report.json(model.name(), reference) : report.text());
        }
        return 0;
    }

    private Evaluation evaluate(
            LanguageModel loaded, @Nullable LanguageModel other, PerplexityDefinition definition, List<Window> windows)
            throws IOException {
        long total = Evaluation.tokens(windows);
        try (Predictions ours = new ModelPredictions(loaded.engine(), definition.context());
                Predictions theirs = other == null ? null : new ModelPredictions(other.engine(), definition.context());
                Workers workers = new Workers(model.threads());
                ProgressBar bar = ProgressBar.onStandardError()) {
            return Evaluation.of(ours, theirs, windows, workers, (tokens, scored, perplexity) -> {
                bar.detail(scored == 0 ? "tokens" : String.format(Locale.ROOT, "tokens, perplexity %.4f", perplexity));
                bar.stage("tokens", tokens, total);
            });
        }
    }
}
