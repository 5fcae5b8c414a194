package dev.keiryo.lighten;

import dev.keiryo.calibrate.QuantizationMethod;
import dev.keiryo.checkpoint.Checkpoint;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.lighten.Lightening.Attempt;
import dev.keiryo.lighten.Lightening.Trial;
import dev.keiryo.measure.ModelSize;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.Weight;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What may reach a goal, in the order in which it is tried.
 *
 * <p>Where the size is given: the largest recipes that fit, each weight the nearest; the best of them by calibrated methods; types that were
 * searched for, by the same. Where the loss is given: recipes from the smallest on, each by its methods, until one keeps to it; then types
 * that were searched for, as few bytes as keep to it.
 */
final class Variants {
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

    /** By which blocks are rounded, from the one that takes least time on. */
    private static final List<QuantizationMethod> CALIBRATED =
            List.of(QuantizationMethod.IMPORTANCE, QuantizationMethod.GPTQ, QuantizationMethod.AWQ);

    /** More searches for a loss, as what was found loses more or less where it is measured than where it was searched for. */
    private static final int CORRECTIONS = 2;

    /** Opens a search for types. */
    interface Search {
        TypeSearch open() throws IOException;
    }

    private final Checkpoint model;
    private final Goal goal;
    private final ModelSize original;
    private final long numbers;
    private final Consumer<String> notes;

    /**
     * @param model what is quantized
     * @param original size of the model that is to become smaller
     * @param notes told what cannot be tried
     */
    Variants(Checkpoint model, Goal goal, ModelSize original, Consumer<String> notes) {
        this.model = model;
        this.goal = goal;
        this.original = original;
        this.numbers = model.weights().stream().mapToLong(Weight::count).sum();
        this.notes = notes;
    }

    /** Where a size is given. */
    void byLoss(int tries, Trial trial, @Nullable Search search) throws IOException {
        Attempt best = null;
        Variant ofBest = null;
        List<Variant> fitting = recipes();
        for (Variant v : fitting.reversed().subList(0, Math.min(tries, fitting.size()))) {
            Attempt a = trial.of(v);
            if (a != null && a.reaches() && (best == null || a.loss() < best.loss())) {
                best = a;
                ofBest = v;
            }
        }
        if (ofBest != null) {
            for (QuantizationMethod method : methods(ofBest)) {
                if (method != QuantizationMethod.NEAREST) {
                    trial.of(ofBest.with(method));
                }
            }
        }
        if (search != null && isPossible()) {
            try (TypeSearch found = search.open()) {
                Variant auto = auto(found.best(goal));
                if (auto != null) {
                    for (QuantizationMethod method : CALIBRATED) {
                        trial.of(auto.with(method));
                    }
                }
            }
        }
    }

    /** Where a loss is given. */
    void bySize(Goal.MostLoss most, Trial trial, @Nullable Search search) throws IOException {
        boolean reached = false;
        List<Variant> all = recipes();
        for (int i = 0; i < all.size() && !reached; i++) {
            for (QuantizationMethod method : methods(all.get(i))) {
                Attempt a = reached ? null : trial.of(all.get(i).with(method));
                reached |= a != null && a.reaches();
            }
        }
        if (search != null) {
            try (TypeSearch found = search.open()) {
                searchBySize(most.loss(), trial, found);
            }
        }
    }

    private void searchBySize(double most, Trial trial, TypeSearch search) throws IOException {
        double aim = most;
        for (int i = 0; i <= CORRECTIONS; i++) {
            Variant auto = auto(search.smallest(aim));
            if (auto == null) {
                return;
            }
            if (i == 0) {
                trial.of(auto.with(QuantizationMethod.IMPORTANCE));
                trial.of(auto.with(QuantizationMethod.AWQ));
            }
            Attempt a = trial.of(auto.with(QuantizationMethod.GPTQ));
            if (a == null || a.loss() <= 0 || (a.reaches() && a.loss() > 0.95 * most)) {
                return;
            }
            // Losses of the same types here and there, and by one method and another, are about proportional.
            aim *= 0.98 * most / a.loss();
        }
    }

    private @Nullable Variant auto(TypeSearch.@Nullable Found found) throws IOException {
        if (found == null) {
            notes.accept("auto: no types that were searched for reach the goal");
            return null;
        }
        Variant auto = Variant.of("auto", QuantizationMethod.NEAREST, found.options(Importances.NONE), model);
        String name = String.format(Locale.ROOT, "auto %.2f", 8.0 * auto.tensorBytes() / numbers);
        return new Variant(name, auto.method(), auto.options(), auto.tensorBytes(), auto.fileBytes());
    }

    /** Whether a size is any that a search could be for. */
    private boolean isPossible() {
        return !(goal instanceof Goal.BitsPerWeight bits) || bits.bits() < 32;
    }

    /** Those that make a difference: 8 bits have no choice of scale, and are what inputs are evened out for. */
    private static List<QuantizationMethod> methods(Variant v) {
        return switch (v.types()) {
            case "f16" -> List.of(QuantizationMethod.NEAREST);
            case "q8_0" -> List.of(QuantizationMethod.NEAREST, QuantizationMethod.SMOOTHQUANT);
            default -> CALIBRATED;
        };
    }

    /** Recipes that make the model smaller, and fit where a size is given, from the smallest on. */
    private List<Variant> recipes() throws IOException {
        List<Variant> all = new ArrayList<>();
        Set<Map<String, GgufConverter.Planned>> seen = new HashSet<>();
        for (Recipe recipe : RECIPES) {
            ConvertOptions options = ConvertOptions.of(recipe);
            if (!seen.add(GgufConverter.plan(model, options))) {
                continue; // where rows are short, several names come to the same types
            }
            Variant v = Variant.of(recipe.label(), QuantizationMethod.NEAREST, options, model);
            boolean fits = switch (goal) {
                case Goal.FileBytes file -> v.fileBytes() <= file.bytes();
                case Goal.BitsPerWeight weight -> 8.0 * v.tensorBytes() / numbers <= weight.bits();
                case Goal.MostLoss most -> true;
            };
            if (fits && v.tensorBytes() < original.weightBytes()) {
                all.add(v);
            }
        }
        all.sort(Comparator.comparingLong(Variant::tensorBytes));
        return all;
    }
}
