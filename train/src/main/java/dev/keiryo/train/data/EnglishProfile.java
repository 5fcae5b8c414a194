package dev.keiryo.train.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What English looks like: how often three letters follow one another, and which words are the commonest. A text is scored by
 * {@code mean(log p(trigram)) + 4·share of common words}; short texts need less, as chance has more to say.
 *
 * <p>After Cavnar and Trenkle, N-Gram-Based Text Categorization (1994). Learned from {@code shared/data/corpora/en}.
 */
final class EnglishProfile {
    private static final int LEAST = 8;
    private static final int WORDS = 150;
    private static final double COMMON = 4;
    private static final double THRESHOLD = -7.5;
    private static final double SHORT = 10;
    /** Texts with fewer trigrams could be in any language. */
    private static final int ANY = 4;

    private final Map<String, Integer> trigrams;
    private final Set<String> words;
    private final long total;

    private EnglishProfile(long total, Map<String, Integer> trigrams, Set<String> words) {
        this.total = total;
        this.trigrams = trigrams;
        this.words = words;
    }

    /** The profile that comes with the program. */
    static EnglishProfile standard() {
        return Standard.PROFILE;
    }

    private static final class Standard {
        static final EnglishProfile PROFILE = read("english-profile.tsv");
    }

    boolean matches(String text) {
        String letters = letters(text);
        int n = letters.length() - 2;
        if (n < ANY) {
            return true;
        }
        double sum = 0;
        for (int i = 0; i < n; i++) {
            Integer count = trigrams.get(letters.substring(i, i + 3));
            sum += Math.log((count == null ? 2.0 : count) / total);
        }
        int common = 0;
        int all = 0;
        for (String word : letters.strip().split(" ", -1)) {
            all++;
            common += words.contains(word) ? 1 : 0;
        }
        return sum / n + COMMON * common / all >= THRESHOLD - SHORT / n;
    }

    /** Small letters of the Latin script and apostrophes; all else is one space, also before and behind. */
    private static String letters(String text) {
        StringBuilder out = new StringBuilder(text.length() + 2).append(' ');
        String lower = text.toLowerCase(Locale.ROOT);
        for (int i = 0; i < lower.length(); i++) {
            char c = lower.charAt(i) == '’' ? '\'' : lower.charAt(i);
            if ((c >= 'a' && c <= 'z') || c == '\'' || (c >= 0xe0 && c < 0x250 && c != 0xf7)) {
                out.append(c);
            } else if (out.charAt(out.length() - 1) != ' ') {
                out.append(' ');
            }
        }
        return out.charAt(out.length() - 1) == ' '
                ? out.toString()
                : out.append(' ').toString();
    }

    /** The profile of {@code lines} as {@link #read} takes it: the number of trigrams, the commonest words, and trigrams with their counts. */
    static String learn(List<String> lines) {
        Map<String, Integer> trigrams = new HashMap<>();
        Map<String, Integer> words = new HashMap<>();
        long total = 0;
        for (String line : lines) {
            String letters = letters(line);
            for (int i = 0; i + 3 <= letters.length(); i++) {
                trigrams.merge(letters.substring(i, i + 3), 1, Integer::sum);
                total++;
            }
            for (String word : letters.strip().split(" ", -1)) {
                words.merge(word, 1, Integer::sum);
            }
        }
        StringBuilder out = new StringBuilder().append(total).append('\n');
        Comparator<Map.Entry<String, Integer>> order =
                Map.Entry.<String, Integer>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey());
        words.remove("");
        words.entrySet().stream()
                .sorted(order)
                .limit(WORDS)
                .forEach(e -> out.append(e.getKey()).append(' '));
        out.setLength(out.length() - 1);
        trigrams.entrySet().stream()
                .filter(e -> e.getValue() >= LEAST)
                .sorted(order)
                .forEach(e -> out.append('\n').append(e.getKey()).append('\t').append(e.getValue()));
        return out.append('\n').toString();
    }

    private static EnglishProfile read(String resource) {
        try (InputStream in = Objects.requireNonNull(EnglishProfile.class.getResourceAsStream(resource))) {
            String[] lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1);
            Map<String, Integer> trigrams = new HashMap<>();
            for (int i = 2; i < lines.length - 1; i++) {
                trigrams.put(lines[i].substring(0, 3), Integer.parseInt(lines[i].substring(4)));
            }
            return new EnglishProfile(
                    Long.parseLong(lines[0]), trigrams, new HashSet<>(List.of(lines[1].split(" ", -1))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
