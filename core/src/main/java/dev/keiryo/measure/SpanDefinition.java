package dev.keiryo.measure;

import dev.keiryo.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well an encoder-decoder tells what was taken out of a text, which is what T5 learns from: chunks of {@code context} tokens one after
 * the other, the last one left out where it is not full. Of each 20 tokens the last three (15 %) are taken out, a sentinel
 * ({@code <extra_id_0>}, {@code <extra_id_1>}, …) in their place; the encoder reads what is left. The decoder is fed its start token, then
 * each sentinel and what it stands for. An end of text is behind both. All that the decoder tells counts, sentinels and end included. Where
 * spans lie is not drawn at random, as in training, so that a text has one figure. Raffel et al. 2020, arXiv:1910.10683, section 3.1.4.
 *
 * @param start what the decoder starts with
 */
public record SpanDefinition(int context, int start) implements PerplexityDefinition {
    private static final int PERIOD = 20;
    private static final int SPAN = 3;

    public SpanDefinition {
        if (context < PERIOD) {
            throw new IllegalArgumentException(
                    "a chunk should have at least " + PERIOD + " tokens, one span's share, but has " + context);
        }
    }

    /** Of {@code tokenizer}, in order; empty where it has none. */
    public static int[] sentinels(Tokenizer tokenizer) {
        return IntStream.range(0, tokenizer.size())
                .map(i -> tokenizer.id("<extra_id_" + i + ">"))
                .takeWhile(id -> id >= 0)
                .toArray();
    }

    /** In a chunk. */
    static int spans(int context) {
        return (context + SPAN - 1) / PERIOD;
    }

    @Override
    public List<Window> windows(Tokenizer tokenizer, String text) {
        return windows(PerplexityDefinition.plain(tokenizer, text), sentinels(tokenizer), tokenizer.eos());
    }

    /** @param end what both texts end with; -1 for nothing */
    List<Window> windows(int[] tokens, int[] sentinels, int end) {
        int spans = spans(context);
        if (spans > sentinels.length) {
            throw new IllegalArgumentException("a chunk of " + context + " tokens needs " + spans
                    + " sentinels <extra_id_0> …, but the vocabulary has " + sentinels.length
                    + "; use a smaller context or --definition prefix");
        }
        return PerplexityDefinition.list(PerplexityDefinition.chunks(tokens, context), chunk -> {
            int[] source = new int[context + 1];
            int[] ids = new int[context + 2];
            int read = 0;
            int told = 0;
            ids[told++] = start;
            for (int i = 0; i < context; i++) {
                int token = tokens[chunk * context + i];
                int place = i % PERIOD;
                if (place < PERIOD - SPAN) {
                    source[read++] = token;
                    continue;
                }
                if (place == PERIOD - SPAN) {
                    source[read++] = sentinels[i / PERIOD];
                    ids[told++] = sentinels[i / PERIOD];
                }
                ids[told++] = token;
            }
            if (end >= 0) {
                source[read++] = end;
                ids[told++] = end;
            }
            return new Window(Arrays.copyOf(source, read), Arrays.copyOf(ids, told), 1);
        });
    }

    @Override
    public String name() {
        return "spans";
    }
}
