package dev.keiryo.tokenizer;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What becomes of characters that no entry covers: byte entries, the unknown token, or nothing. */
final class Fallback {
    private final int[] byteIds = new int[256];
    private final boolean bytes;
    private final boolean fuse;
    private final @Nullable Integer unknownId;

    Fallback(Vocabulary vocabulary, boolean bytes, boolean fuse, @Nullable Integer unknownId) {
        this.bytes = bytes;
        this.fuse = fuse;
        this.unknownId = unknownId;
        for (int b = 0; b < 256; b++) {
            byteIds[b] = vocabulary.id("<0x%02X>".formatted(b));
        }
    }

    /**
     * Appends the ids for the character {@code codepoint}.
     *
     * @param afterUnknown what this method returned if the character before was unknown too, else false
     * @return whether the unknown token stands for it
     */
    boolean encode(int codepoint, boolean afterUnknown, IntSequence out) {
        if (bytes) {
            int c = codepoint >= 0xD800 && codepoint <= 0xDFFF ? 0xFFFD : codepoint;
            byte[] utf8 = Character.toString(c).getBytes(StandardCharsets.UTF_8);
            boolean all = true;
            for (byte b : utf8) {
                all &= byteIds[b & 0xFF] >= 0;
            }
            if (all) {
                for (byte b : utf8) {
                    out.add(byteIds[b & 0xFF]);
                }
                return false;
            }
        }
        return unknown(afterUnknown, out);
    }

    /** Whether such characters vanish as if they had never been there: their neighbours may merge. */
    boolean drops() {
        return !bytes && unknownId == null;
    }

    /** The same for something that has no bytes to fall back on. */
    boolean unknown(boolean afterUnknown, IntSequence out) {
        if (unknownId == null) {
            return false;
        }
        if (!(fuse && afterUnknown)) {
            out.add(unknownId);
        }
        return true;
    }
}
