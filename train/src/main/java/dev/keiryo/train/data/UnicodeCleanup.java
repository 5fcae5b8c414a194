package dev.keiryo.train.data;

import java.text.Normalizer;

/**
 * Brings text into a Unicode normalization form (UAX #15), line ends to LF, and takes out what nobody sees: control characters, zero-width
 * characters, marks of direction, byte order marks, characters for private use, and halves of surrogate pairs. Tabs stay; joiners stay between letters and in emoji.
 * White space at line ends and around the text goes; more than two line ends in a row become two.
 *
 * @param form {@code NFC} keeps compatibility characters such as full-width letters, {@code NFKC} replaces them
 */
public record UnicodeCleanup(Normalizer.Form form) implements Edit {
    public UnicodeCleanup {
        if (form != Normalizer.Form.NFC && form != Normalizer.Form.NFKC) {
            throw new IllegalArgumentException("texts are brought into the forms nfc or nfkc, not " + form);
        }
    }

    @Override
    public String name() {
        return form == Normalizer.Form.NFC ? "nfc" : "nfkc";
    }

    @Override
    public String edit(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int breaks = 0;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            if (c == '\r' || c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029) {
                if (c == '\r' && next < text.length() && text.charAt(next) == '\n') {
                    next++;
                }
                trim(out);
                breaks = !out.isEmpty() && out.charAt(out.length() - 1) != '\n' ? 0 : breaks;
                if (!out.isEmpty() && breaks++ < 2) {
                    out.append('\n');
                }
            } else if (isVisible(text, i, c)) {
                out.appendCodePoint(c);
            }
            i = next;
        }
        while (!out.isEmpty() && isSpace(out.charAt(out.length() - 1))) {
            out.setLength(out.length() - 1);
        }
        int begin = 0;
        while (begin < out.length() && isSpace(out.charAt(begin))) {
            begin++;
        }
        return Normalizer.normalize(out.substring(begin), form);
    }

    /** Takes blanks from the end of the last line. */
    private static void trim(StringBuilder out) {
        int end = out.length();
        while (end > 0 && isBlank(out.charAt(end - 1))) {
            end--;
        }
        out.setLength(end);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == 0xa0 || c == 0x3000;
    }

    private static boolean isSpace(char c) {
        return isBlank(c) || Character.isWhitespace(c);
    }

    private static boolean isVisible(String text, int at, int c) {
        if ((c >= 0x20 && c < 0x7f) || c == '\t') {
            return true;
        }
        if (c == 0x200d || c == 0x200c) {
            // joins emoji, and shapes letters in Persian or Hindi
            return at > 0 && at + 1 < text.length() && text.charAt(at - 1) > 0x2ff && text.charAt(at + 1) > 0x2ff;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED -> false;
            case Character.FORMAT -> c >= 0xe0020 && c <= 0xe007f; // flags
            default -> c != 0xfffc;
        };
    }
}
