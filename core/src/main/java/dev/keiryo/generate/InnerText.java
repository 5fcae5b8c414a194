package dev.keiryo.generate;

import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of a text's inside: without what vocabularies put before a text's first word. The text is encoded behind an anchor,
 * whose tokens are then cut off.
 */
final class InnerText {
    /** Vocabularies differ in what they join. */
    private static final List<String> ANCHORS = List.of("a", "\n", ",", "0", "(");

    private final Tokenizer tokenizer;
    private final int[][] anchors;

    InnerText(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.anchors = ANCHORS.stream().map(this::encode).toArray(int[][]::new);
    }

    private int[] encode(String text) {
        return tokenizer.encode(text, SpecialTokens.LITERAL, false);
    }

    /** The tokens of {@code text} inside another text, or null where it would melt with every anchor. */
    int @Nullable [] tokens(String text) {
        for (int i = 0; i < anchors.length; i++) {
            int[] ids = encode(ANCHORS.get(i) + text);
            int n = anchors[i].length;
            if (n > 0 && n <= ids.length && Arrays.equals(ids, 0, n, anchors[i], 0, n)) {
                return Arrays.copyOfRange(ids, n, ids.length);
            }
        }
        return null;
    }

    /** The tokens of a whole text, with what the model expects before it, but not behind it. */
    int[] whole(String text) {
        int[] ids = tokenizer.encode(text, SpecialTokens.LITERAL, true);
        boolean closed = ids.length > 1 && ids[ids.length - 1] == tokenizer.eos();
        return closed ? Arrays.copyOf(ids, ids.length - 1) : ids;
    }
}
