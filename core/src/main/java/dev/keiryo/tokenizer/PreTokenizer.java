package dev.keiryo.tokenizer;

/** Splits normalized text into the stretches that the model encodes one by one. Immutable and thread-safe. */
public interface PreTokenizer {
    /** The whole text is one piece. */
    PreTokenizer NONE = (text, from, to, first, out) -> {
        if (from < to) {
            out.accept(text, from, to);
        }
    };

    /**
     * Calls {@code out} for each piece of {@code text[from, to)}, in order. A piece may be rewritten text, not only a
     * slice; it is never empty.
     *
     * @param first whether the stretch starts where the whole text starts (no special token or other piece before it)
     */
    void split(String text, int from, int to, boolean first, Pieces out);

    /** Receives the pieces. */
    @FunctionalInterface
    interface Pieces {
        void accept(String text, int from, int to);
    }
}
