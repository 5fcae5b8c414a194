package dev.keiryo.measure;

import dev.keiryo.model.Transformer;
import dev.keiryo.tokenizer.Tokenizer;
import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;
import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Which tokens of a text count, and what of it a model sees before each: figures of different definitions differ. */
public sealed interface PerplexityDefinition
        permits PerplexityDefinition.LlamaCpp, PerplexityDefinition.HuggingFace, PrefixDefinition, SpanDefinition {
    /**
     * The windows of {@code text}, made as they are asked for.
     *
     * @throws IllegalArgumentException where the text is too short
     */
    List<Window> windows(Tokenizer tokenizer, String text);

    /**
     * What is measured where nothing else is asked for: {@link LlamaCpp}; of encoder-decoders {@link SpanDefinition}, or
     * {@link PrefixDefinition} where the vocabulary has too few sentinels.
     *
     * @param start what an encoder-decoder's decoder starts with
     */
    static PerplexityDefinition usual(Transformer.Kind kind, Tokenizer tokenizer, int start, int context) {
        if (kind != Transformer.Kind.ENCODER_DECODER) {
            return new LlamaCpp(context);
        }
        return SpanDefinition.spans(context) <= SpanDefinition.sentinels(tokenizer).length
                ? new SpanDefinition(context, start)
                : new PrefixDefinition(context, start);
    }

    /** Tokens of a window at most. */
    int context();

    /** Its name on the command line. */
    String name();

    /**
     * llama-perplexity's: chunks of {@code context} tokens one after the other, the last one left out where it is not full.
     * The second half of a chunk counts, without its very first token. Where the model puts a beginning of text (BOS) before
     * texts, a chunk's first token is replaced by it. What spells a special token is ordinary text, and so is an end of text
     * that the tokenizer would add: it is not added. One line end at the text's end is not read. Source: llama.cpp,
     * tools/perplexity.
     */
    record LlamaCpp(int context) implements PerplexityDefinition {
        public LlamaCpp {
            if (context < 4) {
                throw new IllegalArgumentException("a chunk should have at least 4 tokens, but has " + context);
            }
        }

        @Override
        public List<Window> windows(Tokenizer tokenizer, String text) {
            int[] before = tokenizer.parts().postProcessor().before();
            int[] plain = plain(tokenizer, text);
            int[] tokens = Arrays.copyOf(before, before.length + plain.length);
            System.arraycopy(plain, 0, tokens, before.length, plain.length);
            return windows(tokens, bos(tokenizer));
        }

        /** The beginning of text that a model puts before texts, or -1. */
        public static int bos(Tokenizer tokenizer) {
            int[] before = tokenizer.parts().postProcessor().before();
            return Arrays.stream(before).anyMatch(id -> id == tokenizer.bos()) ? tokenizer.bos() : -1;
        }

        /** @param bos what each chunk begins with in place of its own first token; -1 for nothing */
        List<Window> windows(int[] tokens, int bos) {
            return list(chunks(tokens, context), i -> {
                int[] ids = Arrays.copyOfRange(tokens, i * context, (i + 1) * context);
                if (bos >= 0) {
                    ids[0] = bos;
                }
                return new Window(ids, context / 2 + 1);
            });
        }

        @Override
        public String name() {
            return "llama.cpp";
        }
    }

    /**
     * Hugging Face's: a window of {@code context} tokens that moves on by {@code stride}; the tokens that were in none before
     * count, all alike. (The loop published there weighs a window by one token less than it has new ones, which makes a
     * difference for tiny strides only.) Source: Hugging Face, transformers, "Perplexity of fixed-length models".
     */
    record HuggingFace(int context, int stride) implements PerplexityDefinition {
        public HuggingFace {
            if (context < 2) {
                throw new IllegalArgumentException("a window should have at least 2 tokens, but has " + context);
            }
            if (stride < 1 || stride > context) {
                throw new IllegalArgumentException(
                        "the stride should be from 1 to the context, " + context + ", but is " + stride);
            }
        }

        @Override
        public List<Window> windows(Tokenizer tokenizer, String text) {
            return windows(tokenizer.encode(text, SpecialTokens.PARSED, true));
        }

        List<Window> windows(int[] tokens) {
            int n = tokens.length;
            if (n < 2) {
                throw new IllegalArgumentException("the text has " + n + " tokens; perplexity needs at least 2");
            }
            int count = n <= context ? 1 : 1 + Math.ceilDiv(n - context, stride);
            // Without overlap, nothing predicts a token that is left over alone.
            boolean alone = stride == context && n % stride == 1;
            return list(alone ? count - 1 : count, i -> {
                int begin = i * stride;
                int seen = i == 0 ? 0 : end(i - 1, n) - begin;
                return new Window(Arrays.copyOfRange(tokens, begin, end(i, n)), Math.max(1, seen));
            });
        }

        private int end(int window, int n) {
            return (int) Math.min((long) window * stride + context, n);
        }

        @Override
        public String name() {
            return "hf";
        }
    }

    /** The tokens of {@code text} as ordinary text, without one line end at its end, and nothing around them. */
    static int[] plain(Tokenizer tokenizer, String text) {
        String read = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        return tokenizer.encode(read, SpecialTokens.LITERAL, false);
    }

    /**
     * How many whole chunks there are.
     *
     * @throws IllegalArgumentException where there is none
     */
    static int chunks(int[] tokens, int context) {
        int count = tokens.length / context;
        if (count == 0) {
            throw new IllegalArgumentException("the text has " + tokens.length + " tokens, but a chunk takes " + context
                    + "; use a longer text or a smaller context");
        }
        return count;
    }

    /** Makes windows by number. */
    @FunctionalInterface
    interface Maker {
        Window make(int index);
    }

    static List<Window> list(int count, Maker maker) {
        return new AbstractList<>() {
            @Override
            public Window get(int index) {
                return maker.make(Objects.checkIndex(index, count));
            }

            @Override
            public int size() {
                return count;
            }
        };
    }
}
