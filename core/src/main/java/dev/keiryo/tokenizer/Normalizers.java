package dev.keiryo.tokenizer;

import java.text.Normalizer.Form;
import java.util.List;
import java.util.regex.Pattern;

/** The normalizers that tokenizers are made of. */
public final class Normalizers {
    private Normalizers() {}

    /** One after the other. */
    public static Normalizer sequence(List<Normalizer> steps) {
        if (steps.size() == 1) {
            return steps.get(0);
        }
        List<Normalizer> all = List.copyOf(steps);
        return text -> {
            String result = text;
            for (Normalizer step : all) {
                result = step.normalize(result);
            }
            return result;
        };
    }

    /** A Unicode normalization form (UAX #15). */
    public static Normalizer unicode(Form form) {
        return text -> isAscii(text) ? text : java.text.Normalizer.normalize(text, form);
    }

    /** Lower case, character by character: no rule looks at the neighbours. */
    public static Normalizer lowercase() {
        return text -> mapEach(text, (c, out) -> {
            if (c == 'İ') {
                out.append("i\u0307");
            } else {
                out.appendCodePoint(Character.toLowerCase(c));
            }
        });
    }

    /** Removes combining marks: the text should be decomposed already. */
    public static Normalizer stripAccents() {
        return text -> isAscii(text)
                ? text
                : mapEach(text, (c, out) -> {
                    if (!Codepoints.isMark(c)) {
                        out.appendCodePoint(c);
                    }
                });
    }

    /** Replaces every {@code pattern} by {@code content}, literally. */
    public static Normalizer replace(String pattern, String content) {
        return text -> text.replace(pattern, content);
    }

    /** Replaces every match of {@code pattern} by {@code content}, literally. */
    public static Normalizer replace(Pattern pattern, String content) {
        PatternFinder.Factory finders = PatternFinder.Factory.of(pattern);
        return text -> finders.replaceAll(text, content);
    }

    /** Puts {@code prefix} before text that is not empty. */
    public static Normalizer prepend(String prefix) {
        return text -> text.isEmpty() ? text : prefix + text;
    }

    /** Puts {@code prefix} before text that is not empty and does not begin with it. */
    public static Normalizer prependOnce(String prefix) {
        return text -> text.isEmpty() || text.startsWith(prefix) ? text : prefix + text;
    }

    /** Removes white space at the ends. */
    public static Normalizer strip(boolean left, boolean right) {
        return text -> {
            int from = 0;
            int to = text.length();
            while (left && from < to && Codepoints.isWhiteSpace(text.charAt(from))) {
                from++;
            }
            while (right && to > from && Codepoints.isWhiteSpace(text.charAt(to - 1))) {
                to--;
            }
            return text.substring(from, to);
        };
    }

    /** Removes control characters and turns odd spaces into plain ones, as SentencePiece's {@code nmt} rule does. */
    public static Normalizer nmt() {
        return text -> mapEach(text, (c, out) -> {
            boolean dropped =
                    (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
            boolean space = c == 9
                    || c == 0xA
                    || c == 0xC
                    || c == 0xD
                    || c == 0x1680
                    || (c >= 0x200B && c <= 0x200F)
                    || c == 0x2028
                    || c == 0x2029
                    || c == 0x2581
                    || c == 0xFEFF
                    || c == 0xFFFD;
            if (!dropped) {
                out.appendCodePoint(space ? ' ' : c);
            }
        });
    }

    /**
     * BERT's basic tokenization, short of the splitting.
     *
     * @param cleanText drops control characters and makes every white space a plain space
     * @param chineseChars puts spaces around ideographs
     * @param stripAccents decomposes and drops nonspacing marks
     * @param lowercase makes lower case
     */
    public static Normalizer bert(boolean cleanText, boolean chineseChars, boolean stripAccents, boolean lowercase) {
        Normalizer lower = lowercase();
        Normalizer decompose = unicode(Form.NFD);
        return text -> {
            String result = mapEach(text, (c, out) -> {
                if (cleanText && (c == 0 || c == 0xFFFD || isBertControl(c))) {
                    return;
                }
                if (cleanText && Codepoints.isWhiteSpace(c)) {
                    out.append(' ');
                } else if (chineseChars && isIdeograph(c)) {
                    out.append(' ').appendCodePoint(c).append(' ');
                } else {
                    out.appendCodePoint(c);
                }
            });
            if (stripAccents && !isAscii(result)) {
                result = mapEach(decompose.normalize(result), (c, out) -> {
                    if (Character.getType(c) != Character.NON_SPACING_MARK) {
                        out.appendCodePoint(c);
                    }
                });
            }
            return lowercase ? lower.normalize(result) : result;
        };
    }

    /** Each byte of the text's UTF-8 as a character of GPT-2's alphabet. */
    public static Normalizer byteLevel() {
        return text -> ByteAlphabet.encode(text, 0, text.length());
    }

    private static boolean isBertControl(int c) {
        if (c == '\t' || c == '\n' || c == '\r') {
            return false;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED -> true;
            default -> false;
        };
    }

    private static boolean isIdeograph(int c) {
        return (c >= 0x4E00 && c <= 0x9FFF)
                || (c >= 0x3400 && c <= 0x4DBF)
                || (c >= 0x20000 && c <= 0x2A6DF)
                || (c >= 0x2A700 && c <= 0x2B73F)
                || (c >= 0x2B740 && c <= 0x2B81F)
                || (c >= 0x2B920 && c <= 0x2CEAF)
                || (c >= 0xF900 && c <= 0xFAFF)
                || (c >= 0x2F800 && c <= 0x2FA1F);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    @FunctionalInterface
    private interface Mapping {
        void map(int codepoint, StringBuilder out);
    }

    private static String mapEach(String text, Mapping mapping) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            mapping.map(c, out);
            i += Character.charCount(c);
        }
        return out.toString();
    }
}
