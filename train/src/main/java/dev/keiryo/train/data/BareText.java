package dev.keiryo.train.data;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;

/** A text as it is compared with others: NFKC, small letters, and between words one space and no signs. */
final class BareText {
    private BareText() {}

    static String of(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC);
        StringBuilder out = new StringBuilder(plain.length());
        for (int i = 0; i < plain.length(); ) {
            int c = plain.codePointAt(i);
            i += Character.charCount(c);
            if (Words.kind(c) != Words.Kind.NONE) {
                out.appendCodePoint(Character.toLowerCase(c));
            } else if (!out.isEmpty() && out.charAt(out.length() - 1) != ' ') {
                out.append(' ');
            }
        }
        if (!out.isEmpty() && out.charAt(out.length() - 1) == ' ') {
            out.setLength(out.length() - 1);
        }
        return out.toString();
    }

    /** The first 128 bits of the SHA-256 of a bare text. */
    static Hash hash(String bare) {
        byte[] sum;
        try {
            sum = MessageDigest.getInstance("SHA-256").digest(bare.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        return new Hash(bits(sum, 0), bits(sum, 8));
    }

    private static long bits(byte[] sum, int from) {
        long bits = 0;
        for (int i = from; i < from + 8; i++) {
            bits = bits << 8 | (sum[i] & 255);
        }
        return bits;
    }

    /** 128 bits. */
    record Hash(long high, long low) {}
}
