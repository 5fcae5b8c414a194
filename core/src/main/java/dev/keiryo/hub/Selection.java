package dev.keiryo.hub;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which files of a repository a model needs. */
final class Selection {
    /** What a loader reads besides weights. */
    private static final List<String> CONFIGURATION = List.of(".json", ".model", ".txt", ".tiktoken", ".jinja");

    /** The first of these that a repository of GGUF files has is fetched: the usual size, then by closeness to it. */
    private static final List<String> PREFERRED = List.of(
            "Q4_K_M", "Q8_0", "Q5_K_M", "Q6_K", "Q4_K_S", "Q5_K_S", "Q4_0", "IQ4_XS", "IQ4_NL", "Q3_K_M", "Q2_K", "F16",
            "BF16", "F32");

    private static final Pattern SHARD = Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf");

    private Selection() {}

    /**
     * The paths that a loader needs: safetensors with the configuration and tokenizer beside them, or, where a repository
     * has GGUF only, one GGUF (all its shards). Never the same weights in a second format.
     */
    static List<String> byDefault(String repo, List<String> paths) throws HubException {
        List<String> chosen = new ArrayList<>();
        List<String> weights = paths.stream()
                .filter(p -> isTop(p) && p.endsWith(".safetensors"))
                .toList();
        if (weights.isEmpty()) {
            List<String> gguf = gguf(paths);
            if (!gguf.isEmpty()) {
                return gguf;
            }
            if (paths.stream().anyMatch(p -> p.endsWith(".bin") || p.endsWith(".pth") || p.endsWith(".pt"))) {
                throw new HubException(
                        repo + " has no safetensors or GGUF weights, only pickled ones, which are not read;"
                                + " look for a converted repository, or name the files with --include");
            }
        }
        // Mistral's repositories hold all weights a second time in one file.
        boolean split = weights.stream().anyMatch(p -> !p.startsWith("consolidated"));
        for (String path : paths) {
            if (weights.contains(path) ? !(split && path.startsWith("consolidated")) : isConfiguration(path)) {
                chosen.add(path);
            }
        }
        return chosen;
    }

    /** The paths that match any of the globs. */
    static List<String> byGlob(List<String> paths, List<String> globs) {
        List<Predicate<String>> tests = globs.stream().map(Selection::glob).toList();
        return paths.stream()
                .filter(p -> tests.stream().anyMatch(t -> t.test(p)))
                .toList();
    }

    /** The preferred GGUF among the paths: one path, or all shards in order; empty where there is none. */
    static List<String> gguf(List<String> paths) {
        List<String> models = paths.stream()
                .filter(p -> p.endsWith(".gguf") && !p.toLowerCase(Locale.ROOT).contains("mmproj"))
                .sorted(Comparator.comparingInt(Selection::rank).thenComparing(Comparator.naturalOrder()))
                .toList();
        if (models.isEmpty()) {
            return models;
        }
        Matcher first = SHARD.matcher(models.getFirst());
        if (!first.matches()) {
            return List.of(models.getFirst());
        }
        return models.stream()
                .filter(p -> {
                    Matcher m = SHARD.matcher(p);
                    return m.matches()
                            && m.group(1).equals(first.group(1))
                            && m.group(3).equals(first.group(3));
                })
                .toList();
    }

    /** How many files the GGUF that this is a shard of consists of; 1 where it is no shard. */
    static int shards(String path) {
        Matcher m = SHARD.matcher(path);
        return m.matches() ? Integer.parseInt(m.group(3)) : 1;
    }

    private static int rank(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).toUpperCase(Locale.ROOT);
        for (int i = 0; i < PREFERRED.size(); i++) {
            if (name.matches(".*(?<![A-Z0-9])" + PREFERRED.get(i) + "(?![A-Z0-9_]).*")) {
                return i;
            }
        }
        return PREFERRED.size();
    }

    private static boolean isTop(String path) {
        return path.indexOf('/') < 0;
    }

    /** Top-level ones; below, only how sentence embeddings are pooled. */
    private static boolean isConfiguration(String path) {
        return isTop(path) ? CONFIGURATION.stream().anyMatch(path::endsWith) : path.endsWith("_Pooling/config.json");
    }

    /**
     * Globs as the hub's own tools read them: {@code *} any characters, folders too; {@code ?} one; {@code [abc]},
     * {@code [!abc]} a set. A name without any of these and without a dot is a quantization: {@code Q8_0} means
     * {@code *Q8_0*.gguf} in either case.
     */
    static Predicate<String> glob(String glob) {
        if (glob.chars().noneMatch(c -> "*?[./".indexOf(c) >= 0)) {
            return Pattern.compile(
                            ".*(?<![A-Z0-9])" + Pattern.quote(glob) + "(?![A-Z0-9_]).*\\.gguf",
                            Pattern.CASE_INSENSITIVE)
                    .asMatchPredicate();
        }
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < glob.length(); i++) {
            char c = glob.charAt(i);
            int end = c == '[' ? glob.indexOf(']', i + 2) : -1;
            if (c == '*') {
                regex.append(".*");
            } else if (c == '?') {
                regex.append('.');
            } else if (end > 0) {
                boolean negated = glob.charAt(i + 1) == '!';
                String set = glob.substring(i + (negated ? 2 : 1), end).replaceAll("[\\\\\\[&^]", "\\\\$0");
                regex.append(negated ? "[^" : "[").append(set).append(']');
                i = end;
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        try {
            return Pattern.compile(regex.toString(), Pattern.DOTALL).asMatchPredicate();
        } catch (java.util.regex.PatternSyntaxException e) {
            return glob::equals; // a set such as [z-a]: nothing but itself
        }
    }
}
