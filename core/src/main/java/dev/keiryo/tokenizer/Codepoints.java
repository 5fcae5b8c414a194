package dev.keiryo.tokenizer;

/** The Unicode classes that tokenizers split by, as regular expressions define them (UTS #18, annex C). */
final class Codepoints {
    private static final int MARK =
            1 << Character.NON_SPACING_MARK | 1 << Character.COMBINING_SPACING_MARK | 1 << Character.ENCLOSING_MARK;
    private static final int NUMBER =
            1 << Character.DECIMAL_DIGIT_NUMBER | 1 << Character.LETTER_NUMBER | 1 << Character.OTHER_NUMBER;
    private static final int PUNCTUATION = 1 << Character.CONNECTOR_PUNCTUATION
            | 1 << Character.DASH_PUNCTUATION
            | 1 << Character.START_PUNCTUATION
            | 1 << Character.END_PUNCTUATION
            | 1 << Character.INITIAL_QUOTE_PUNCTUATION
            | 1 << Character.FINAL_QUOTE_PUNCTUATION
            | 1 << Character.OTHER_PUNCTUATION;

    private Codepoints() {}

    /** {@code \s}: the property White_Space. */
    static boolean isWhiteSpace(int c) {
        if (c < 0x85) {
            return c == ' ' || (c >= 9 && c <= 13);
        }
        return c == 0x85
                || c == 0xA0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200A)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202F
                || c == 0x205F
                || c == 0x3000;
    }

    /** {@code \p{M}}. */
    static boolean isMark(int c) {
        return (MARK >> Character.getType(c) & 1) != 0;
    }

    /** {@code \p{N}}. */
    static boolean isNumber(int c) {
        return (NUMBER >> Character.getType(c) & 1) != 0;
    }

    /** {@code \p{P}}. */
    static boolean isPunctuation(int c) {
        return (PUNCTUATION >> Character.getType(c) & 1) != 0;
    }

    /** {@code \w}: Alphabetic, marks, decimal digits, connector punctuation, join controls. */
    static boolean isWord(int c) {
        int type = Character.getType(c);
        return Character.isAlphabetic(c)
                || (MARK >> type & 1) != 0
                || type == Character.DECIMAL_DIGIT_NUMBER
                || type == Character.CONNECTOR_PUNCTUATION
                || c == 0x200C
                || c == 0x200D;
    }
}
