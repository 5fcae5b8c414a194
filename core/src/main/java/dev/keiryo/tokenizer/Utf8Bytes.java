package dev.keiryo.tokenizer;

import java.util.Arrays;

/** A growing buffer of UTF-8 bytes, reusable. A lone surrogate becomes U+FFFD. */
final class Utf8Bytes {
    private byte[] bytes;
    private int size;

    Utf8Bytes(int capacity) {
        bytes = new byte[Math.max(16, capacity)];
    }

    /** The bytes so far are {@code array()[0, size())}; valid until the next append. */
    byte[] array() {
        return bytes;
    }

    int size() {
        return size;
    }

    byte get(int index) {
        return bytes[index];
    }

    void clear() {
        size = 0;
    }

    /** Appends the bytes of {@code text[from, to)}. */
    void append(String text, int from, int to) {
        if (bytes.length - size < 3L * (to - from)) {
            bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, 3 * (to - from)), 2 * size));
        }
        byte[] b = bytes;
        int n = size;
        for (int i = from; i < to; i++) {
            int c = text.charAt(i);
            if (c < 0x80) {
                b[n++] = (byte) c;
            } else if (c < 0x800) {
                b[n++] = (byte) (0xC0 | c >> 6);
                b[n++] = (byte) (0x80 | (c & 0x3F));
            } else {
                if (Character.isSurrogate((char) c)) {
                    if (Character.isHighSurrogate((char) c)
                            && i + 1 < to
                            && Character.isLowSurrogate(text.charAt(i + 1))) {
                        c = Character.toCodePoint((char) c, text.charAt(++i));
                        b[n++] = (byte) (0xF0 | c >> 18);
                        b[n++] = (byte) (0x80 | (c >> 12 & 0x3F));
                        b[n++] = (byte) (0x80 | (c >> 6 & 0x3F));
                        b[n++] = (byte) (0x80 | (c & 0x3F));
                        continue;
                    }
                    c = 0xFFFD;
                }
                b[n++] = (byte) (0xE0 | c >> 12);
                b[n++] = (byte) (0x80 | (c >> 6 & 0x3F));
                b[n++] = (byte) (0x80 | (c & 0x3F));
            }
        }
        size = n;
    }
}
