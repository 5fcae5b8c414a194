package dev.keiryo.cli;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.checkpoint.Checkpoints;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.lighten.Goal;
import dev.keiryo.lighten.MeasuredText;
import dev.keiryo.lighten.TypeSearch;
import dev.keiryo.measure.ModelSize;
import dev.keiryo.quantize.Importances;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeMap;

/** {@code --type auto}: types chosen by what they cost. */
final class AutoType {
    private final Path model;
    private final Path corpus;
    private final Path journal;

    /** @param out the file that is to be written; what has been measured is kept beside it */
    AutoType(Path model, Path corpus, Path out) {
        this.model = model;
        this.corpus = corpus;
        this.journal = out.resolveSibling(out.getFileName() + ".search");
    }

    /** Searches; says what was found on standard error. */
    ConvertOptions search(Goal goal, Importances importances, int context, ProgressBar bar) throws IOException {
        long weights;
        try (Checkpoint source = Checkpoints.open(model)) {
            weights = ModelSize.of(source).parameters();
        }
        TypeSearch.Options options = TypeSearch.Options.of(weights);
        // A large model is run once as it is: packed, it would only take memory.
        EngineOptions engine = options.estimated()
                ? EngineOptions.defaults().withPacking(EngineOptions.Packing.NEVER)
                : EngineOptions.defaults();
        try (LanguageModel loaded = Keiryo.load(model, engine)) {
            MeasuredText text = CalibrationText.measured(
                    loaded,
                    EvaluationText.read(corpus.toString()),
                    corpus.toString(),
                    context,
                    TypeSearch.chunks(weights));
            try (TypeSearch search = new TypeSearch(loaded, text, importances, options, journal, bar::stage)) {
                TypeSearch.Found found = search.best(goal);
                if (found == null) {
                    search.finish();
                    throw new IOException("no types make this model as small as that");
                }
                ConvertOptions types = found.options(importances);
                bar.note(summary(found, loaded, text, types));
                return types;
            }
        }
    }

    /** What was measured is needed no more. */
    void finish() throws IOException {
        Files.deleteIfExists(journal);
    }

    private static String summary(
            TypeSearch.Found found, LanguageModel model, MeasuredText text, ConvertOptions options) throws IOException {
        TreeMap<String, Integer> counts = new TreeMap<>();
        found.types().values().forEach(t -> counts.merge(t.label(), 1, Integer::sum));
        StringBuilder types = new StringBuilder();
        counts.forEach((type, count) -> types.append(types.isEmpty() ? "" : ", ")
                .append(count)
                .append(" of ")
                .append(type));
        long bytes = GgufConverter.plan(model.engine().checkpoint(), options).values().stream()
                .mapToLong(GgufConverter.Planned::bytes)
                .sum();
        return String.format(
                Locale.ROOT,
                "%s of tensors; matrices: %s; %s on the text of the search %.6f",
                Bytes.format(bytes),
                types,
                text instanceof MeasuredText.Lines ? "1 - cosine" : "KL divergence, nats,",
                found.loss());
    }
}
