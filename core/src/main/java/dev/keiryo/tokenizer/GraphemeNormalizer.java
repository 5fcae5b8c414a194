package dev.keiryo.tokenizer;

import java.nio.charset.StandardCharsets;
import java.text.BreakIterator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A SentencePiece table applied as {@code tokenizer.json}'s {@code Precompiled} does: to each grapheme cluster of fewer
 * than six bytes as a whole, where nothing is known of it to each character. The shortest known beginning decides.
 */
final class GraphemeNormalizer implements Normalizer {
    private static final int LONGEST = 5;

    private final PrecompiledCharsmap charsmap;

    GraphemeNormalizer(PrecompiledCharsmap charsmap) {
        this.charsmap = charsmap;
    }

    @Override
    public String normalize(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        BreakIterator clusters = BreakIterator.getCharacterInstance(Locale.ROOT);
        clusters.setText(text);
        int from = clusters.first();
        for (int to = clusters.next(); to != BreakIterator.DONE; from = to, to = clusters.next()) {
            String cluster = text.substring(from, to);
            String whole = replacement(cluster);
            if (whole != null) {
                out.append(whole);
                continue;
            }
            for (int i = 0; i < cluster.length(); ) {
                int end = i + Character.charCount(cluster.codePointAt(i));
                String character = cluster.substring(i, end);
                String replaced = replacement(character);
                out.append(replaced == null ? character : replaced);
                i = end;
            }
        }
        return out.toString();
    }

    private @Nullable String replacement(String text) {
        if (text.length() > LONGEST) {
            return null;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        if (utf8.length > LONGEST) {
            return null;
        }
        for (int end = 1; end <= utf8.length; end++) {
            long match = charsmap.match(utf8, 0, end);
            if (match != PrecompiledCharsmap.NO_MATCH) {
                byte[] replacements = charsmap.replacements();
                int start = (int) match;
                int stop = start;
                while (stop < replacements.length && replacements[stop] != 0) {
                    stop++;
                }
                return new String(replacements, start, stop - start, StandardCharsets.UTF_8);
            }
        }
        return null;
    }
}
