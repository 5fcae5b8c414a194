package dev.keiryo.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Where a text may be cut: behind sentences and paragraphs. A sentence ends with {@code . ! ? …} and closing marks before
 * white space, with Japanese {@code 。！？} and closing brackets, unless what follows goes on with the quotation
 * (「…。」と), or with the end of a line that the next one does not go on with.
 */
public final class Sentences {
    private static final String ENDS = ".!?…";
    private static final String JAPANESE_ENDS = "。！？｡";
    private static final String CLOSING = "\"'”’)]}」』）】〉》";
    private static final String QUOTATIVE = "とっなのはがをにでも、";
    private static final Set<String> ABBREVIATIONS = Set.of(
            "mr", "mrs", "ms", "dr", "prof", "st", "vs", "no", "fig", "eq", "e.g", "i.e", "cf", "jr", "sr", "inc",
            "ltd", "co", "approx", "dept", "vol", "ver", "ed", "al");

    private Sentences() {}

    /** The text's sentences with the white space behind them: joined, they are the text. */
    public static List<String> of(String text) {
        List<String> sentences = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            int end = text.charAt(i) == '\n' ? lineEnd(text, i) : endAt(text, i);
            if (end > 0) {
                while (end < text.length() && Character.isWhitespace(text.charAt(end))) {
                    end++;
                }
                sentences.add(text.substring(from, end));
                from = end;
                i = end - 1;
            }
        }
        if (from < text.length()) {
            sentences.add(text.substring(from));
        }
        return sentences;
    }

    /** Behind the line's end at {@code i}; 0 where a small letter follows, as in text broken to lines of one width. */
    private static int lineEnd(String text, int i) {
        return i + 1 < text.length() && Character.isLowerCase(text.charAt(i + 1)) ? 0 : i + 1;
    }

    /** Behind the sentence whose end mark is at {@code i}; 0 where none ends there. */
    private static int endAt(String text, int i) {
        char c = text.charAt(i);
        boolean japanese = JAPANESE_ENDS.indexOf(c) >= 0;
        if (!japanese && ENDS.indexOf(c) < 0) {
            return 0;
        }
        int marks = i + 1;
        while (marks < text.length() && (ENDS + JAPANESE_ENDS).indexOf(text.charAt(marks)) >= 0) {
            marks++;
        }
        int end = marks;
        while (end < text.length() && CLOSING.indexOf(text.charAt(end)) >= 0) {
            end++;
        }
        if (end == text.length()) {
            return end;
        }
        char next = text.charAt(end);
        if (japanese) {
            return end > marks && QUOTATIVE.indexOf(next) >= 0 ? 0 : end;
        }
        return Character.isWhitespace(next) && !goesOn(text, i, end) ? end : 0;
    }

    /** Whether the full stop at {@code i} is an abbreviation's, or a small letter follows it. */
    private static boolean goesOn(String text, int i, int end) {
        int next = end;
        while (next < text.length() && text.charAt(next) != '\n' && Character.isWhitespace(text.charAt(next))) {
            next++;
        }
        if (next < text.length() && Character.isLowerCase(text.charAt(next))) {
            return true;
        }
        if (text.charAt(i) != '.') {
            return false;
        }
        int from = i;
        while (from > 0
                && i - from < 12
                && (Character.isLetter(text.charAt(from - 1)) || text.charAt(from - 1) == '.')) {
            from--;
        }
        String word = text.substring(from, i);
        boolean initial = word.length() == 1 && Character.isUpperCase(word.charAt(0)) && !word.equals("I");
        return initial || ABBREVIATIONS.contains(word.toLowerCase(Locale.ROOT));
    }
}
