package dev.keiryo.train.data;

import dev.keiryo.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What tells vocabularies apart: the first 64 bits of the SHA-256 of all pieces in the order of their ids, and which of them are special. */
public final class VocabularyFingerprint {
    private VocabularyFingerprint() {}

    public static long of(Tokenizer tokenizer) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            ByteBuffer head = ByteBuffer.allocate(5);
            for (int id = 0; id < tokenizer.size(); id++) {
                byte[] piece = tokenizer.piece(id).getBytes(StandardCharsets.UTF_8);
                head.clear().putInt(piece.length).put((byte) (tokenizer.isSpecial(id) ? 1 : 0));
                digest.update(head.array());
                digest.update(piece);
            }
            return ByteBuffer.wrap(digest.digest()).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
