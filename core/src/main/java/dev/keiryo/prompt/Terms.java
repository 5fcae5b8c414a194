package dev.keiryo.prompt;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What texts are compared by: words in lower case; of scripts that put no spaces between words (Chinese, Japanese), all
 * pairs of neighbouring characters.
 */
final class Terms {
    private Terms() {}

    static List<String> of(String text) {
        int[] points = Normalizer.normalize(text, Normalizer.Form.NFKC)
                .toLowerCase(Locale.ROOT)
                .codePoints()
                .toArray();
        List<String> terms = new ArrayList<>();
        int from = 0;
        while (from < points.length) {
            int to = from;
            boolean unspaced = isUnspaced(points[from]);
            while (to < points.length && isWord(points[to]) && isUnspaced(points[to]) == unspaced) {
                to++;
            }
            if (to > from) {
                add(points, from, to, unspaced, terms);
            }
            from = Math.max(to, from + 1);
        }
        return terms;
    }

    private static void add(int[] points, int from, int to, boolean unspaced, List<String> terms) {
        if (!unspaced || to == from + 1) {
            terms.add(new String(points, from, to - from));
            return;
        }
        for (int i = from; i + 1 < to; i++) {
            terms.add(new String(points, i, 2));
        }
    }

    private static boolean isWord(int c) {
        return Character.isLetterOrDigit(c) || Character.getType(c) == Character.NON_SPACING_MARK;
    }

    private static boolean isUnspaced(int c) {
        if (c == 'ー' || c == '々') {
            return true;
        }
        UnicodeScript script = UnicodeScript.of(c);
        return script == UnicodeScript.HAN || script == UnicodeScript.HIRAGANA || script == UnicodeScript.KATAKANA;
    }
}
