package dev.keiryo.tokenizer;

import org.jspecify.annotations.Nullable;

/** Placeholder until its author fills it. */
public final class Unigram implements TokenModel {
    @Override
    public void encode(String text, int from, int to, IntSequence out) {
        throw new IllegalStateException();
    }

    @Override
    public int size() {
        return 0;
    }

    @Override
    public String piece(int id) {
        throw new IllegalStateException();
    }

    @Override
    public int id(String piece) {
        return -1;
    }

    @Override
    public @Nullable Integer unknownId() {
        return null;
    }
}
