package dev.keiryo.measure;

import dev.keiryo.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;

/**
 * How well an encoder-decoder goes on with a text: chunks of {@code context} tokens one after the other, the last one left out where it
 * is not full. The encoder reads the first half and an end of text, the decoder is fed its start token and the second half, all of
 * which counts. Raffel et al. 2020, arXiv:1910.10683, section 3.2.3, "prefix language modeling".
 *
 * @param start what the decoder starts with
 */
public record PrefixDefinition(int context, int start) implements PerplexityDefinition {
    public PrefixDefinition {
        if (context < 4) {
            throw new IllegalArgumentException("a chunk should have at least 4 tokens, but has " + context);
        }
    }

    @Override
    public List<Window> windows(Tokenizer tokenizer, String text) {
        return windows(PerplexityDefinition.plain(tokenizer, text), tokenizer.eos());
    }

    /** @param end what the encoder's text ends with; -1 for nothing */
    List<Window> windows(int[] tokens, int end) {
        return PerplexityDefinition.list(PerplexityDefinition.chunks(tokens, context), i -> {
            int half = context / 2;
            int[] source = Arrays.copyOfRange(tokens, i * context, i * context + half + (end < 0 ? 0 : 1));
            if (end >= 0) {
                source[half] = end;
            }
            int[] ids = new int[1 + context - half];
            ids[0] = start;
            System.arraycopy(tokens, i * context + half, ids, 1, context - half);
            return new Window(source, ids, 1);
        });
    }

    @Override
    public String name() {
        return "prefix";
    }
}
