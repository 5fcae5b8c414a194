package dev.keiryo.lighten;

import dev.keiryo.Keiryo;
import dev.keiryo.LanguageModel;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.engine.EngineOptions;
import dev.keiryo.measure.ComparedModel;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tries recipes that may reach a {@link Goal}, measures what each has lost, and keeps the best.
 *
 * <p>Where the size is given, the largest recipes that fit it are tried, and the one that diverges least is kept. Where the
 * divergence is given, recipes are tried from the smallest on, and the first that keeps to it is kept. Whether a file fits, and how it
 * diverges, is found by writing and measuring it; only the order is planned.
 *
 * <p>Files being tried are hidden ones beside the target, which appears when the best is known.
 */
public final class Lightening {
    /** What llama.cpp runs, too, and is no better than a smaller one of them by design. */
    private static final List<Recipe> RECIPES = List.of(
            Recipe.Q2_K,
            Recipe.Q3_K_S,
            Recipe.Q3_K_M,
            Recipe.Q3_K_L,
            Recipe.IQ4_XS,
            Recipe.IQ4_NL,
            Recipe.Q4_0,
            Recipe.Q4_K_S,
            Recipe.Q4_K_M,
            Recipe.Q5_K_S,
            Recipe.Q5_K_M,
            Recipe.Q6_K,
            Recipe.Q8_0,
            Recipe.F16);

    /** How a model is measured against the one that it is made from. */
    public interface Measure {
        /** @param reference null where {@code model} is the one */
        ComparedModel of(String name, LanguageModel model, @Nullable LanguageModel reference) throws IOException;
    }

    /** Told what is being done. */
    public interface Progress {
        void writing(Recipe recipe, long done, long total);
    }

    /**
     * A recipe that was tried.
     *
     * @param reaches whether the file keeps to the goal
     */
    public record Attempt(Recipe recipe, ComparedModel measured, boolean reaches) {
        /** Mean divergence; for encoders, what a vector's mean cosine lacks of 1. */
        public double loss() {
            if (measured.evaluation() != null && measured.evaluation().divergence() != null) {
                return measured.evaluation().divergence().kl().value();
            }
            return measured.similarity() == null
                    ? Double.POSITIVE_INFINITY
                    : 1 - measured.similarity().cosine().value();
        }
    }

    /**
     * @param reference the model as it was
     * @param tried in the order of their trial
     * @param best the one kept, or null where none reaches the goal
     */
    public record Result(
            ComparedModel reference,
            List<Attempt> tried,
            @Nullable Attempt best) {}

    private final Path target;
    private final Goal goal;
    private final Importances importances;
    private final int tries;
    private final EngineOptions options;
    private final Measure measure;
    private final Progress progress;

    /**
     * @param importances that errors are weighed by
     * @param tries where the size is given: how many recipes are measured at most, at least 1
     * @param options of the engines that measure
     */
    public Lightening(
            Path target,
            Goal goal,
            Importances importances,
            int tries,
            EngineOptions options,
            Measure measure,
            Progress progress) {
        if (tries < 1) {
            throw new IllegalArgumentException("at least one recipe must be tried, not " + tries);
        }
        this.target = target;
        this.goal = goal;
        this.importances = importances;
        this.tries = tries;
        this.options = options;
        this.measure = measure;
        this.progress = progress;
    }

    /** A recipe and the bytes of tensors that it will make. */
    private record Candidate(Recipe recipe, long bytes) {}

    /**
     * Writes the target, replacing it, if any recipe reaches the goal.
     *
     * @param model which stays open
     */
    public Result run(LanguageModel model) throws IOException {
        Checkpoint source = model.engine().checkpoint();
        ComparedModel reference = measure.of("original", model, null);
        List<Candidate> candidates = candidates(source, reference);
        List<Attempt> tried = new ArrayList<>();
        Attempt best = null;
        Path kept = null;
        try {
            for (Candidate c : candidates) {
                if (goal instanceof Goal.MeanDivergence ? best != null : reaching(tried) == tries) {
                    break;
                }
                Path file = beside(c.recipe);
                write(c.recipe, file, source);
                if (goal instanceof Goal.FileBytes budget && Files.size(file) > budget.bytes()) {
                    Files.delete(file); // its tensors fit, but not the tokenizer beside them
                    continue;
                }
                Attempt attempt = measured(c.recipe, file, model);
                tried.add(attempt);
                if (attempt.reaches && (best == null || attempt.loss() < best.loss())) {
                    if (kept != null) {
                        Files.delete(kept);
                    }
                    best = attempt;
                    kept = file;
                } else {
                    Files.delete(file);
                }
            }
            if (kept != null) {
                Files.move(kept, target, StandardCopyOption.ATOMIC_MOVE);
                kept = null;
            }
        } finally {
            if (kept != null) {
                Files.deleteIfExists(kept);
            }
        }
        return new Result(reference, tried, best);
    }

    private static int reaching(List<Attempt> tried) {
        return (int) tried.stream().filter(Attempt::reaches).count();
    }

    private Path beside(Recipe recipe) {
        return target.resolveSibling("." + target.getFileName() + "." + recipe.label() + ".gguf");
    }

    /** What makes the model smaller and may reach the goal, in the order of trial. */
    private List<Candidate> candidates(Checkpoint source, ComparedModel reference) throws IOException {
        List<Candidate> all = new ArrayList<>();
        Set<Map<String, GgufConverter.Planned>> seen = new HashSet<>();
        for (Recipe recipe : RECIPES) {
            Map<String, GgufConverter.Planned> plan = GgufConverter.plan(source, ConvertOptions.of(recipe));
            if (!seen.add(plan)) {
                continue; // where rows are short, several names come to the same types
            }
            long bytes = plan.values().stream()
                    .mapToLong(GgufConverter.Planned::bytes)
                    .sum();
            boolean smaller = bytes < reference.size().weightBytes();
            boolean fits = switch (goal) {
                case Goal.FileBytes file -> bytes <= file.bytes();
                case Goal.BitsPerWeight weight -> 8.0 * bytes / reference.size().parameters() <= weight.bits();
                case Goal.MeanDivergence divergence -> true;
            };
            if (smaller && fits) {
                all.add(new Candidate(recipe, bytes));
            }
        }
        Comparator<Candidate> bySize = Comparator.comparingLong(Candidate::bytes);
        all.sort(goal instanceof Goal.MeanDivergence ? bySize : bySize.reversed());
        return all;
    }

    private void write(Recipe recipe, Path file, Checkpoint source) throws IOException {
        GgufConverter.convert(
                source,
                file,
                new ConvertOptions(recipe, 0, List.of(), importances),
                (tensor, done, total) -> progress.writing(recipe, done, total));
    }

    private Attempt measured(Recipe recipe, Path file, LanguageModel model) throws IOException {
        try (LanguageModel lighter = Keiryo.load(file, options)) {
            ComparedModel found = measure.of(recipe.label(), lighter, model);
            Attempt attempt = new Attempt(recipe, found, true);
            boolean reaches = switch (goal) {
                case Goal.FileBytes budget -> true; // or it would not be measured
                case Goal.BitsPerWeight weight -> found.size().bitsPerWeight() <= weight.bits();
                case Goal.MeanDivergence divergence -> attempt.loss() <= divergence.nats();
            };
            return new Attempt(recipe, found, reaches);
        }
    }
}
