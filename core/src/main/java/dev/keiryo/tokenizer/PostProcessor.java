package dev.keiryo.tokenizer;

import java.util.Arrays;

/**
 * What a model expects around a text: ids before and after it, e.g. BOS, or [CLS] and [SEP].
 *
 * @param before ids put before the text's
 * @param after ids put after the text's
 */
public record PostProcessor(int[] before, int[] after) {
    /** Adds nothing. */
    public static final PostProcessor NONE = new PostProcessor(new int[0], new int[0]);

    /** This one's ids inside, {@code outer}'s around them. */
    public PostProcessor then(PostProcessor outer) {
        return new PostProcessor(concat(outer.before, before), concat(after, outer.after));
    }

    private static int[] concat(int[] a, int[] b) {
        int[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }
}
