package dev.keiryo.tokenizer;

/**
 * UTF-8 bytes to text, one by one. A byte sequence that is not UTF-8 becomes U+FFFD: one for each maximal part of it that
 * begins some character, one for each other byte (The Unicode Standard, 3.9, "U+FFFD substitution of maximal
 * subparts").
 */
final class Utf8Decoder {
    private int value;
    private int missing;
    private int lowest = 0x80;
    private int highest = 0xBF;

    /** Appends to {@code out} what byte {@code b} completes. */
    void accept(int b, StringBuilder out) {
        b &= 0xFF;
        if (missing > 0) {
            if (b >= lowest && b <= highest) {
                value = value << 6 | (b & 0x3F);
                lowest = 0x80;
                highest = 0xBF;
                if (--missing == 0) {
                    out.appendCodePoint(value);
                }
                return;
            }
            finish(out);
        }
        if (b < 0x80) {
            out.append((char) b);
        } else if (b >= 0xC2 && b <= 0xDF) {
            begin(b & 0x1F, 1, 0x80, 0xBF);
        } else if (b >= 0xE0 && b <= 0xEF) {
            begin(b & 0x0F, 2, b == 0xE0 ? 0xA0 : 0x80, b == 0xED ? 0x9F : 0xBF);
        } else if (b >= 0xF0 && b <= 0xF4) {
            begin(b & 0x07, 3, b == 0xF0 ? 0x90 : 0x80, b == 0xF4 ? 0x8F : 0xBF);
        } else {
            out.append('\uFFFD');
        }
    }

    /** Appends U+FFFD for an unfinished character. */
    void finish(StringBuilder out) {
        if (missing > 0) {
            out.append('\uFFFD');
            missing = 0;
            lowest = 0x80;
            highest = 0xBF;
        }
    }

    private void begin(int bits, int more, int low, int high) {
        value = bits;
        missing = more;
        lowest = low;
        highest = high;
    }
}
