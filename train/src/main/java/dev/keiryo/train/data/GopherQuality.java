package dev.keiryo.train.data;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Drops texts that are no prose, by Gopher's rules: number and mean length of words, signs in place of words, lists, cut-off lines, words without letters, and too
 * few of the commonest words. Of texts in scripts without spaces a word is two characters, and the rules of word lengths and of English words do not hold.
 *
 * <p>Source: Rae et al., Scaling Language Models (2021, arXiv:2112.11446), appendix A.1.1.
 */
public record GopherQuality() implements Filter.ByText {
    private static final Set<String> COMMON = Set.of("the", "be", "to", "of", "and", "that", "have", "with");

    @Override
    public String name() {
        return "quality";
    }

    @Override
    public @Nullable String reason(String text) {
        Words words = new Words(text);
        boolean unspaced = Words.isUnspaced(text);
        int characters = 0;
        int lettered = 0;
        Set<String> common = new HashSet<>();
        for (int w = 0; w < words.count(); w++) {
            characters += words.length(w);
            String word = words.word(w);
            lettered += word.codePoints().anyMatch(Character::isLetter) ? 1 : 0;
            if (word.length() <= 4 && COMMON.contains(word.toLowerCase(Locale.ROOT))) {
                common.add(word.toLowerCase(Locale.ROOT));
            }
        }
        int count = unspaced ? characters / 2 : words.count();
        if (count < 50 || count > 100_000) {
            return count < 50 ? "fewer than 50 words" : "more than 100,000 words";
        }
        double mean = (double) characters / words.count();
        if (!unspaced && (mean < 3 || mean > 10)) {
            return mean < 3 ? "short words" : "long words";
        }
        if (count(text, "#") > 0.1 * count || count(text, "...") + count(text, "…") > 0.1 * count) {
            return "signs in place of words";
        }
        if (lettered < 0.8 * words.count()) {
            return "words without letters";
        }
        if (!unspaced && common.size() < 2) {
            return "no common words";
        }
        return lines(text);
    }

    private static @Nullable String lines(String text) {
        int lines = 0;
        int bullets = 0;
        int cut = 0;
        for (String whole : text.split("\n", -1)) {
            String line = whole.strip();
            if (!line.isEmpty()) {
                lines++;
                bullets += "•●○■□▪‣・*-–".indexOf(line.charAt(0)) >= 0 ? 1 : 0;
                cut += line.endsWith("...") || line.endsWith("…") ? 1 : 0;
            }
        }
        return bullets > 0.9 * lines ? "a list" : cut > 0.3 * lines ? "lines cut off" : null;
    }

    private static int count(String text, String mark) {
        int found = 0;
        for (int at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length())) {
            found++;
        }
        return found;
    }
}
