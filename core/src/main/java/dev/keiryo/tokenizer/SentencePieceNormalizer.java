package dev.keiryo.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * SentencePiece's normalization without its dummy prefix: known sequences are replaced, runs of spaces shrink to one
 * and those at the ends vanish (if asked for), and spaces become ▁ (if asked for). Immutable.
 *
 * <p>Source: SentencePiece, {@code normalizer.cc}.
 */
final class SentencePieceNormalizer implements Normalizer {
    static final char MARK = '▁';
    private static final byte[] ESCAPED = "▁".getBytes(StandardCharsets.UTF_8);

    private final @Nullable PrecompiledCharsmap charsmap;
    private final boolean removeExtraWhitespaces;
    private final boolean escapeWhitespaces;
    private final @Nullable PieceTrie untouched;

    /**
     * @param charsmap what is replaced, or null
     * @param untouched sequences that are never replaced (user-defined pieces), or null
     */
    SentencePieceNormalizer(
            @Nullable PrecompiledCharsmap charsmap,
            boolean removeExtraWhitespaces,
            boolean escapeWhitespaces,
            @Nullable PieceTrie untouched) {
        this.charsmap = charsmap;
        this.removeExtraWhitespaces = removeExtraWhitespaces;
        this.escapeWhitespaces = escapeWhitespaces;
        this.untouched = untouched;
    }

    @Override
    public String normalize(String text) {
        if (charsmap == null && !removeExtraWhitespaces) {
            return escapeWhitespaces ? text.replace(' ', MARK) : text;
        }
        Output out = new Output(text.length());
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int charAt = 0;
        for (int at = 0; at < utf8.length; ) {
            int kept = untouched == null ? 0 : longest(untouched, text, charAt);
            if (kept > 0) {
                byte[] same = text.substring(charAt, charAt + kept).getBytes(StandardCharsets.UTF_8);
                out.add(same, 0, same.length);
                at += same.length;
                charAt += kept;
                continue;
            }
            long match = charsmap == null ? PrecompiledCharsmap.NO_MATCH : charsmap.match(utf8, at, utf8.length);
            int length;
            if (charsmap == null || match == PrecompiledCharsmap.NO_MATCH) {
                length = characterLength(utf8[at]);
                out.add(utf8, at, at + length);
            } else {
                length = (int) (match >>> 32);
                byte[] replacements = charsmap.replacements();
                int from = (int) match;
                int to = from;
                while (replacements[to] != 0) {
                    to++;
                }
                out.add(replacements, from, to);
            }
            charAt += untouched == null ? 0 : characters(utf8, at, at + length);
            at += length;
        }
        return out.finish();
    }

    private static int longest(PieceTrie trie, String text, int at) {
        int length = 0;
        int node = PieceTrie.ROOT;
        for (int i = at; i < text.length(); i++) {
            node = trie.child(node, text.charAt(i));
            if (node == PieceTrie.NONE) {
                break;
            }
            if (trie.value(node) != PieceTrie.NONE) {
                length = i + 1 - at;
            }
        }
        return length;
    }

    private static int characterLength(byte lead) {
        if (lead >= 0) {
            return 1;
        }
        return (lead & 0xE0) == 0xC0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : 4;
    }

    /** UTF-16 units that {@code utf8[from, to)} stands for. */
    private static int characters(byte[] utf8, int from, int to) {
        int units = 0;
        for (int i = from; i < to; i++) {
            units += (utf8[i] & 0xC0) == 0x80 ? 0 : (utf8[i] & 0xF8) == 0xF0 ? 2 : 1;
        }
        return units;
    }

    /** Collects bytes and treats their spaces. */
    private final class Output {
        private byte[] bytes;
        private int size;
        private boolean afterSpace = removeExtraWhitespaces;

        Output(int capacity) {
            bytes = new byte[capacity + capacity / 2 + 16];
        }

        void add(byte[] from, int start, int end) {
            for (int i = start; i < end; i++) {
                boolean space = from[i] == ' ';
                if (space && afterSpace) {
                    continue;
                }
                afterSpace = space && removeExtraWhitespaces;
                if (size + ESCAPED.length > bytes.length) {
                    bytes = Arrays.copyOf(bytes, bytes.length * 2);
                }
                if (space && escapeWhitespaces) {
                    for (byte b : ESCAPED) {
                        bytes[size++] = b;
                    }
                } else {
                    bytes[size++] = from[i];
                }
            }
        }

        String finish() {
            // marks that the text itself ends in go too, as in the reference
            byte[] space = escapeWhitespaces ? ESCAPED : new byte[] {' '};
            while (removeExtraWhitespaces && endsWith(space)) {
                size -= space.length;
            }
            return new String(bytes, 0, size, StandardCharsets.UTF_8);
        }

        private boolean endsWith(byte[] space) {
            int from = size - space.length;
            return from >= 0 && Arrays.equals(bytes, from, size, space, 0, space.length);
        }
    }
}
