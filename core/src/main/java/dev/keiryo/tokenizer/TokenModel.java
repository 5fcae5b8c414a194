package dev.keiryo.tokenizer;

import org.jspecify.annotations.Nullable;

/**
 * The heart of a tokenizer: turns one pre-token (a stretch of normalized text without special tokens) into ids.
 * Immutable and thread-safe.
 */
public sealed interface TokenModel permits Bpe, Unigram, WordPiece, WordLevel {
    /** Appends the ids of {@code text[from, to)} to {@code out}, in time linear (or n log n) in the length. */
    void encode(String text, int from, int to, IntSequence out);

    /** Number of ids; they are {@code 0 … size-1}. */
    int size();

    /** The vocabulary entry of {@code id} as stored (byte-level or ▁ marks included). */
    String piece(int id);

    /** The id of a stored vocabulary entry, or -1. */
    int id(String piece);

    /** The id for text that no entry covers, or null where that cannot happen or such text is dropped. */
    @Nullable
    Integer unknownId();
}
