package dev.keiryo.tokenizer;

import org.jspecify.annotations.Nullable;

/** One id for each pre-token: the whole of it is looked up. */
public final class WordLevel implements TokenModel {
    private final Vocabulary vocabulary;
    private final @Nullable Integer unknownId;

    /**
     * @param pieces the word of each id, null for holes
     * @param unknown the word that stands for all others, or null: others are dropped
     */
    public WordLevel(@Nullable String[] pieces, @Nullable String unknown) {
        vocabulary = new Vocabulary(pieces.clone());
        int id = unknown == null ? -1 : vocabulary.id(unknown);
        unknownId = id < 0 ? null : (Integer) id;
    }

    @Override
    public void encode(String text, int from, int to, IntSequence out) {
        int id = vocabulary.id(text.substring(from, to));
        if (id >= 0) {
            out.add(id);
        } else if (unknownId != null) {
            out.add(unknownId);
        }
    }

    @Override
    public int size() {
        return vocabulary.size();
    }

    @Override
    public String piece(int id) {
        return vocabulary.piece(id);
    }

    @Override
    public int id(String piece) {
        return vocabulary.id(piece);
    }

    @Override
    public @Nullable Integer unknownId() {
        return unknownId;
    }
}
