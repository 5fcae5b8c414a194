package dev.keiryo.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * Between which characters no merge of bytes can reach: where no entry has the end of the one's UTF-8 followed by the
 * beginning of the other's. Only characters beyond ASCII are looked at; words of ASCII are short anyway.
 */
final class CharacterCuts {
    private final LongSet contexts;

    /** @param vocabulary spelled in GPT-2's alphabet */
    CharacterCuts(Vocabulary vocabulary) {
        Set<Long> found = new HashSet<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            String piece = vocabulary.find(id);
            byte[] bytes = piece == null ? null : ByteAlphabet.decode(piece);
            for (int i = 1; bytes != null && i < bytes.length; i++) {
                if (isLead(bytes[i]) && bytes[i - 1] < 0) {
                    found.add(context(left(bytes, i), right(bytes, i)));
                }
            }
        }
        contexts = new LongSet(found);
    }

    private static boolean isLead(byte b) {
        return (b & 0xFF) >= 0xC0;
    }

    private static long context(int left, int right) {
        return ((left & 0xFFFFFFFFL) << 32) | (right & 0xFFFFFFFFL);
    }

    /** The bytes before {@code at} that belong to one character, the nearest in the lowest eight bits. */
    private static int left(byte[] bytes, int at) {
        int packed = 0;
        for (int i = at - 1, shift = 0; i >= 0 && shift < 32 && bytes[i] < 0; i--, shift += 8) {
            packed |= (bytes[i] & 0xFF) << shift;
            if (isLead(bytes[i])) {
                break;
            }
        }
        return packed;
    }

    /** The bytes from {@code at} on that belong to one character, the first in the highest eight bits. */
    private static int right(byte[] bytes, int at) {
        int packed = (bytes[at] & 0xFF) << 24;
        for (int i = at + 1, shift = 16; i < bytes.length && shift >= 0 && (bytes[i] & 0xC0) == 0x80; i++, shift -= 8) {
            packed |= (bytes[i] & 0xFF) << shift;
        }
        return packed;
    }

    /** Whether a merge may reach across the place between characters {@code a} and {@code b}, both beyond ASCII. */
    boolean mayMerge(int a, int b) {
        byte[] first = Character.toString(a).getBytes(StandardCharsets.UTF_8);
        byte[] second = Character.toString(b).getBytes(StandardCharsets.UTF_8);
        int left = left(first, first.length);
        int right = right(second, 0);
        for (int i = 1; i <= first.length; i++) {
            int ending = i == 4 ? left : left & ((1 << (8 * i)) - 1);
            for (int j = 1; j <= second.length; j++) {
                int beginning = right & (-1 << (32 - 8 * j));
                if (contexts.contains(context(ending, beginning))) {
                    return true;
                }
            }
        }
        return false;
    }
}
