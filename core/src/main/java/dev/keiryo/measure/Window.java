package dev.keiryo.measure;

/**
 * A stretch of text that a model reads from nothing, and the tokens in it that count: {@code ids[from, n)}, each predicted
 * from all before it. The last id is not fed.
 *
 * @param source what an encoder-decoder's encoder reads before, the ids being the decoder's; empty for others
 * @param ids at least 2
 * @param from the first token that counts, at least 1: nothing predicts the first
 */
public record Window(int[] source, int[] ids, int from) {
    public Window {
        if (from < 1 || from >= ids.length) {
            throw new IllegalArgumentException("no token to predict from " + from + " on in " + ids.length);
        }
    }

    /** Of a decoder. */
    public Window(int[] ids, int from) {
        this(new int[0], ids, from);
    }

    /** A whole text, every token but the first. */
    public static Window whole(int[] ids) {
        return new Window(ids, 1);
    }

    /** Tokens that are fed, but for the source's. */
    int fed() {
        return ids.length - 1;
    }

    /** Tokens that count. */
    int scored() {
        return ids.length - from;
    }
}
