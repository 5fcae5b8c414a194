package dev.keiryo.lighten;

import dev.keiryo.LanguageModel;
import dev.keiryo.convert.ConvertOptions;
import dev.keiryo.convert.GgufConverter;
import dev.keiryo.convert.TypeRule;
import dev.keiryo.quantize.Importances;
import dev.keiryo.quantize.Recipe;
import dev.keiryo.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a type for each matrix such that the model as a whole loses as little as can be at a size. What each type costs in each matrix is
 * measured: the loss on a text (mean KL divergence from the model's own predictions; of an encoder, {@code 1 - cos}) with that one matrix
 * rounded. A {@link Knapsack} then chooses by their sums. As losses do not quite add up, the choice, and llama.cpp's mixes of that
 * size, are measured as a whole, and the best is refined: the cost of one step up or down of each matrix is measured with all others
 * as they are chosen, and steps that pay for each other are taken while the whole, measured, gains.
 *
 * <p>Matrices of one kind in neighbouring layers share a type where there are too many to be measured one by one. In a large model one type of
 * each is measured, with all others in 8 bits, which computes several times as fast; what other types cost is taken to go as the errors that
 * they make ({@link TypeTrials#errors}). What is chosen by such estimates is measured, as everything else that is reported.
 */
public final class TypeSearch implements AutoCloseable {
    /**
     * @param types to choose from
     * @param units matrices, or groups of them, that are measured at most, if there are kinds enough
     * @param rounds of refinement at most
     * @param estimated whether costs of types are estimated from that of one of them
     */
    public record Options(List<TensorType> types, int units, int rounds, boolean estimated) {
        /** Weights from which on measuring every type takes too long. */
        private static final long LARGE = 50_000_000;

        /** Every type is measured; they are those that llama.cpp runs, too. */
        public static final Options DEFAULT = new Options(
                List.of(
                        TensorType.Q2_K,
                        TensorType.Q3_K,
                        TensorType.IQ4_XS,
                        TensorType.IQ4_NL,
                        TensorType.Q4_0,
                        TensorType.Q4_K,
                        TensorType.Q4_1,
                        TensorType.Q5_0,
                        TensorType.Q5_K,
                        TensorType.Q5_1,
                        TensorType.Q6_K,
                        TensorType.Q8_0,
                        TensorType.F16),
                64,
                4,
                false);

        /** For large models. */
        public static final Options ESTIMATED = new Options(DEFAULT.types, DEFAULT.units, 2, true);

        /** Those for a model of so many weights. */
        public static Options of(long weights) {
            return weights < LARGE ? DEFAULT : ESTIMATED;
        }

        public Options {
            types = List.copyOf(types);
            if (types.isEmpty() || types.size() > 64 || units < 1 || rounds < 0) {
                throw new IllegalArgumentException("a search needs types, from 1 to 64, and units");
            }
            if (!types.contains(TensorType.F16)) {
                throw new IllegalArgumentException("rows that are whole blocks of no other type need F16");
            }
        }
    }

    /** Told how many of a stage's measurements have been made. */
    @FunctionalInterface
    public interface Progress {
        void at(String stage, long done, long total);
    }

    /** Which are tried, too, where they are about as large. */
    private static final List<Recipe> MIXES = List.of(
            Recipe.Q2_K,
            Recipe.Q3_K_S,
            Recipe.Q3_K_M,
            Recipe.Q3_K_L,
            Recipe.IQ4_XS,
            Recipe.Q4_K_S,
            Recipe.Q4_K_M,
            Recipe.Q5_K_S,
            Recipe.Q5_K_M,
            Recipe.Q6_K,
            Recipe.Q8_0);

    private static final int HALVINGS = 12;
    /** Of Q8_0, which all others are of while one is measured. */
    private static final double BASE_BITS = 8.5;
    /** Where no size is asked for. */
    private static final double USUAL_BITS = 4.5;

    private final Importances importances;
    private final Options options;
    private final Progress progress;
    private final TypeTrials trials;
    private final List<TypeUnit> units;
    private @Nullable List<double[]> costs;

    /**
     * @param model stays open, and its owner's
     * @param text that losses are measured on
     * @param importances that errors are weighed by
     * @param journal a file of what has been measured, which another search for the same goes on with; {@link #finish} removes it. In
     *     its folder there should be room for the model as quantized
     */
    public TypeSearch(
            LanguageModel model,
            MeasuredText text,
            Importances importances,
            Options options,
            Path journal,
            Progress progress)
            throws IOException {
        this.importances = importances;
        this.options = options;
        this.progress = progress;
        this.trials = new TypeTrials(model, text, importances, options, journal);
        this.units = trials.units();
    }

    /**
     * What was found.
     *
     * @param types of each matrix, by GGUF's name
     * @param loss with these types on the text of the search
     */
    public record Found(Map<String, TensorType> types, double loss) {
        /** A conversion to these types. */
        public ConvertOptions options(Importances importances) {
            List<TypeRule> rules = new ArrayList<>();
            types.forEach((name, type) -> rules.add(new TypeRule(
                    Pattern.compile("^" + Pattern.quote(name) + "$"), Objects.requireNonNull(Recipe.mostly(type)))));
            return new ConvertOptions(null, 0, rules, importances);
        }
    }

    /**
     * The best at a size.
     *
     * @param goal a size
     * @return null where not even the smallest types fit
     */
    public @Nullable Found best(Goal goal) throws IOException {
        Room room = Room.of(goal, trials.source(), trials.matrices());
        Found found = best(room);
        if (found == null || !(goal instanceof Goal.FileBytes file)) {
            return found;
        }
        // What else is in a file may depend on the types, by some bytes.
        long more = GgufConverter.fileBytes(trials.source(), found.options(importances)) - file.bytes();
        return more <= 0 ? found : best(new Room(room.bytes() - more, true));
    }

    /** How many chunks of text a model of so many weights is searched on: from 1, where each takes long, to 8. */
    public static int chunks(long weights) {
        return Math.clamp(400_000_000L / Math.max(1, weights), 1, 8);
    }

    private @Nullable Found best(Room room) throws IOException {
        if (units.stream().mapToLong(u -> u.least(room.padded())).sum() > room.bytes()) {
            return null;
        }
        int[] best =
                Objects.requireNonNull(Knapsack.choose(TypeUnit.options(units, costs(bits(room)), room), room.bytes()));
        double least = trials.whole(best);
        for (Recipe mix : MIXES) {
            int[] types = named(mix, room);
            if (types != null && trials.whole(types) < least) {
                best = types;
                least = trials.whole(types);
            }
        }
        TypeRefinement refinement = new TypeRefinement(trials, options, progress);
        int[] refined = refinement.of(best, room);
        return new Found(trials.types(refined), trials.whole(refined));
    }

    /**
     * The smallest whose loss is at most {@code most}, by halving the sizes between.
     *
     * @return null where not even the largest types lose so little
     */
    public @Nullable Found smallest(double most) throws IOException {
        List<double[]> known = costs(USUAL_BITS);
        long low = units.stream().mapToLong(u -> u.least(true)).sum();
        long high = units.stream().mapToLong(u -> u.most(true)).sum();
        int[] found = null;
        for (int i = 0; i < HALVINGS; i++) {
            long middle = i == 0 ? high : low + (high - low) / 2;
            int[] choice = Knapsack.choose(TypeUnit.options(units, known, new Room(middle, true)), middle);
            if (choice != null && trials.whole(choice) <= most) {
                found = choice;
                high = middle;
            } else if (i == 0) {
                return null;
            } else {
                low = middle;
            }
            progress.at("sizes, searching the smallest", i + 1, HALVINGS);
        }
        Found best = found == null ? null : new Found(trials.types(found), trials.whole(found));
        // What is refined loses less, and can be smaller.
        Found smaller = best == null ? null : best(new Room(high - high / 32, true));
        if (smaller != null && smaller.loss() <= most) {
            return smaller;
        }
        return best;
    }

    /** The journal's work is done. */
    public void finish() throws IOException {
        trials.forget();
    }

    /** What {@code mix} makes of each unit; null where that does not fit, is much smaller, or is no choice here. */
    private int @Nullable [] named(Recipe mix, Room room) throws IOException {
        Map<String, TensorType> plan = new LinkedHashMap<>();
        GgufConverter.plan(trials.source(), new ConvertOptions(mix, 0, List.of(), importances))
                .forEach((name, planned) -> plan.put(name, planned.type()));
        int[] choice = new int[units.size()];
        for (int u = 0; u < choice.length; u++) {
            choice[u] = units.get(u).number(plan);
            if (choice[u] < 0) {
                return null;
            }
        }
        long bytes = bytes(choice, room.padded());
        return bytes <= room.bytes() && bytes > room.bytes() * 0.9 ? choice : null;
    }

    /** What a choice that fills {@code room} has for each weight. */
    private double bits(Room room) {
        long weights = trials.matrices().values().stream()
                .mapToLong(shape -> Arrays.stream(shape).reduce(1, Math::multiplyExact))
                .sum();
        return 8.0 * room.bytes() / weights;
    }

    /**
     * The cost of each type in each unit alone.
     *
     * @param bits about which one is measured where the others are estimated
     */
    private List<double[]> costs(double bits) throws IOException {
        List<double[]> known = costs;
        if (known == null) {
            known = options.estimated() ? estimated(bits) : measured();
            costs = known;
        }
        return known;
    }

    private List<double[]> measured() throws IOException {
        trials.settleOnNothing();
        List<double[]> all = new ArrayList<>();
        long total = units.stream().mapToLong(u -> u.types().size()).sum();
        long done = 0;
        for (TypeUnit unit : units) {
            double[] of = new double[unit.types().size()];
            for (int t = 0; t < of.length; t++) {
                of[t] = trials.step(unit, t);
                progress.at("types of single matrices, measuring", ++done, total);
            }
            all.add(of);
        }
        return all;
    }

    private List<double[]> estimated(double bits) throws IOException {
        int[] eight = units.stream().mapToInt(u -> u.nearest(BASE_BITS)).toArray();
        double base = trials.settle(eight);
        List<double[]> all = new ArrayList<>();
        for (int u = 0; u < eight.length; u++) {
            TypeUnit unit = units.get(u);
            int one = Math.min(unit.nearest(bits), eight[u] - 1);
            all.add(
                    one < 0
                            ? new double[unit.types().size()]
                            : trials.estimates(unit, eight[u], one, Math.max(0, trials.step(unit, one) - base)));
            progress.at("matrices, measuring one type of each", u + 1, eight.length);
        }
        return all;
    }

    private long bytes(int[] choice, boolean padded) {
        long bytes = 0;
        for (int u = 0; u < choice.length; u++) {
            bytes += units.get(u).bytes(choice[u], padded);
        }
        return bytes;
    }

    /** Leaves the journal. */
    @Override
    public void close() throws IOException {
        trials.close();
    }
}
