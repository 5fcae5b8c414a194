package dev.keiryo.tokenizer;

/** Splits normalized text into the stretches that the model encodes one by one. Immutable. */
public interface PreTokenizer {
    /** Calls {@code out} for each piece of {@code text}, in order. A piece may be rewritten text, not only a slice. */
    void split(String text, Pieces out);

    /** Receives the pieces. */
    @FunctionalInterface
    interface Pieces {
        void accept(String text, int from, int to);
    }
}
