package dev.keiryo.tokenizer;

import java.util.Arrays;

/**
 * GPT-2's printable alphabet: each byte as one character. Bytes 33-126, 161-172 and 174-255 stand for themselves, the
 * others are U+0100 and up in order.
 *
 * <p>Source: Radford et al. 2019, the released encoder's {@code bytes_to_unicode}.
 */
public final class ByteAlphabet {
    private static final char[] CHARS = new char[256];
    private static final short[] BYTES = new short[0x144];

    static {
        Arrays.fill(BYTES, (short) -1);
        char next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
            CHARS[b] = printable ? (char) b : next++;
            BYTES[CHARS[b]] = (short) b;
        }
    }

    private ByteAlphabet() {}

    /** The character of byte {@code b}. */
    public static char character(int b) {
        return CHARS[b & 0xFF];
    }

    /** The byte of character {@code c}, or -1. */
    static int byteOf(char c) {
        return c < BYTES.length ? BYTES[c] : -1;
    }

    /** The characters of the UTF-8 bytes of {@code text[from, to)}. */
    static String encode(String text, int from, int to) {
        Utf8Bytes bytes = new Utf8Bytes(3 * (to - from));
        bytes.append(text, from, to);
        return spell(bytes.array(), bytes.size());
    }

    /** The characters of {@code bytes}. */
    static String spell(byte[] bytes) {
        return spell(bytes, bytes.length);
    }

    private static String spell(byte[] bytes, int length) {
        StringBuilder out = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            out.append(CHARS[bytes[i] & 0xFF]);
        }
        return out.toString();
    }

    /** The bytes that {@code text} spells, or null where it has a character beyond the alphabet. */
    static byte @org.jspecify.annotations.Nullable [] decode(String text) {
        byte[] bytes = new byte[text.length()];
        for (int i = 0; i < bytes.length; i++) {
            int b = byteOf(text.charAt(i));
            if (b < 0) {
                return null;
            }
            bytes[i] = (byte) b;
        }
        return bytes;
    }
}
