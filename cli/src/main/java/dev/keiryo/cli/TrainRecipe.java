package dev.keiryo.cli;

import dev.keiryo.FormatException;
import dev.keiryo.train.RecipeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code keiryo train RECIPE.yaml}: a file whose names are the flags'. Flags beside it count more. */
final class TrainRecipe {
    /** What is no part of a recipe. */
    private static final Set<String> NO_KEYS =
            Set.of("help", "version", "debug", "print-recipe", "find-learning-rate", "vocab");
    /** What has no influence on a run's numbers, or is looked after by the checkpoint itself: its rates. */
    private static final Set<String> NO_NUMBERS = Set.of(
            "checkpoint-layers",
            "memory",
            "data",
            "validation",
            "tokenizer",
            "out",
            "threads",
            "save-every",
            "steps",
            "schedule",
            "sample-prompt",
            "sample-tokens",
            "sample-temp");
    /** A name that differs by more than this share of its letters is no near one. */
    private static final double NEAR = 0.5;

    private TrainRecipe() {}

    /** {@code args} with the flags of the recipe that follows the command's name, if one does. */
    static String[] expanded(CommandSpec train, String[] args) throws IOException {
        int at = 0;
        while (at < args.length && args[at].startsWith("-")) {
            at++;
        }
        if (at + 1 >= args.length || !args[at].equals(train.name()) || args[at + 1].startsWith("-")) {
            return args;
        }
        Path file = Path.of(args[at + 1]);
        List<String> given = List.of(args).subList(at + 2, args.length);
        List<String> all = new ArrayList<>(List.of(args).subList(0, at + 1));
        Map<String, OptionSpec> known = keys(train);
        for (RecipeFile.Entry entry : RecipeFile.read(file)) {
            OptionSpec option = known.get(entry.key());
            if (option == null) {
                throw new FormatException(
                        file + ", line " + entry.line(),
                        "there is no " + entry.key() + near(entry.key(), known.keySet())
                                + "; keiryo train --help lists them all");
            }
            if (entry.values().size() > 1 && !option.isMultiValue()) {
                throw new FormatException(
                        file + ", line " + entry.line(), entry.key() + " takes one value, not a list");
            }
            if (given.stream().noneMatch(arg -> isOf(option, arg))) {
                entry.values().forEach(value -> all.add("--" + entry.key() + "=" + value));
            }
        }
        all.addAll(given);
        return all.toArray(String[]::new);
    }

    private static boolean isOf(OptionSpec option, String arg) {
        return Arrays.stream(option.names())
                .anyMatch(name -> arg.equals(name)
                        || arg.startsWith(name + "=")
                        || (!name.startsWith("--") && arg.startsWith(name) && !arg.startsWith("--")));
    }

    /** The options that a recipe may name, by their long names without dashes. */
    private static Map<String, OptionSpec> keys(CommandSpec train) {
        Map<String, OptionSpec> keys = new TreeMap<>();
        for (OptionSpec option : train.options()) {
            String key = option.longestName().substring(2);
            if (!NO_KEYS.contains(key)) {
                keys.put(key, option);
            }
        }
        return keys;
    }

    private static String near(String key, Collection<String> known) {
        String best = known.stream()
                .min(Comparator.comparingInt(name -> distance(key, name)))
                .orElse("");
        return distance(key, best) <= NEAR * Math.max(key.length(), best.length()) ? "; perhaps " + best : "";
    }

    /** Levenshtein's: how many letters are to be put in, taken out or changed. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= a.length(); i++) {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = corner + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                corner = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    /** The whole recipe in effect: each option that has a value, in the order of the names, but for the machine's threads. */
    static Map<String, List<String>> inEffect(CommandSpec train) {
        Map<String, List<String>> values = new LinkedHashMap<>();
        keys(train).forEach((key, option) -> {
            Object value = key.equals("threads") ? null : option.getValue();
            if (value instanceof Collection<?> all) {
                if (!all.isEmpty()) {
                    values.put(key, all.stream().map(String::valueOf).toList());
                }
            } else if (value != null) {
                values.put(key, List.of(text(value)));
            }
        });
        return values;
    }

    private static String text(Object value) {
        return (value instanceof Double || value instanceof Float)
                        && value instanceof Number n
                        && n.doubleValue() == n.longValue()
                ? Long.toString(n.longValue())
                : String.valueOf(value);
    }

    /** What of a recipe decides about a run's numbers, and its data. */
    static String identity(Map<String, List<String>> recipe, @Nullable String data) {
        Map<String, List<String>> kept = new LinkedHashMap<>(recipe);
        kept.keySet().removeAll(NO_NUMBERS);
        kept.put("fingerprint", List.of(String.valueOf(data)));
        return RecipeFile.text(kept);
    }
}
