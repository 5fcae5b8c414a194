package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/** The pre-tokenizers that tokenizers are made of. */
public final class PreTokenizers {
    private static final PreTokenizer GPT2 = Split.of(PreTokenizerPatterns.GPT2, SplitBehavior.ISOLATED, false);

    private PreTokenizers() {}

    /**
     * The splitting that GGUF files name in {@code tokenizer.ggml.pre}, for byte-level BPE.
     *
     * @param source for messages
     * @throws FormatException where the name is unknown
     */
    public static PreTokenizer named(String source, String name) throws FormatException {
        return PreTokenizerPatterns.named(source, name);
    }

    /** Each one splits the pieces of the one before. */
    public static PreTokenizer sequence(List<PreTokenizer> steps) {
        return steps.stream().reduce(PreTokenizers::then).orElse(PreTokenizer.NONE);
    }

    private static PreTokenizer then(PreTokenizer before, PreTokenizer after) {
        return (text, from, to, first, out) -> before.split(text, from, to, first, new PreTokenizer.Pieces() {
            private boolean begun;

            @Override
            public void accept(String piece, int a, int b) {
                boolean atStart = first && !begun && (!sameObject(piece, text) || a == from);
                begun = true;
                after.split(piece, a, b, atStart, out);
            }
        });
    }

    /** Whether a piece is a slice of the text itself rather than rewritten; no need to compare characters. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean sameObject(String piece, String text) {
        return piece == text;
    }

    /** Splits where {@code pattern} matches. */
    public static PreTokenizer split(Pattern pattern, SplitBehavior behavior, boolean invert) {
        return Split.of(pattern, behavior, invert);
    }

    /** Splits where {@code literal} occurs. */
    public static PreTokenizer split(String literal, SplitBehavior behavior, boolean invert) {
        return Split.of(Pattern.compile(Pattern.quote(literal)), behavior, invert);
    }

    /** GPT-2's splitting; pieces stay text, for a {@link Bpe} of bytes. */
    public static PreTokenizer gpt2() {
        return GPT2;
    }

    /**
     * Pieces in GPT-2's alphabet, for models of characters.
     *
     * @param prefixSpace puts a space before a stretch that has none
     * @param split whether GPT-2's pattern splits
     */
    public static PreTokenizer byteLevel(boolean prefixSpace, boolean split) {
        PreTokenizer mapped = (text, from, to, first, out) -> {
            String piece = ByteAlphabet.encode(text, from, to);
            if (!piece.isEmpty()) {
                out.accept(piece, 0, piece.length());
            }
        };
        return then(byteLevelSplit(prefixSpace, split), mapped);
    }

    /** {@link #byteLevel} short of the mapping, for a {@link Bpe} of bytes. */
    public static PreTokenizer byteLevelSplit(boolean prefixSpace, boolean split) {
        PreTokenizer inner = split ? GPT2 : PreTokenizer.NONE;
        return prefixSpace ? prefixed(' ', inner) : inner;
    }

    private static PreTokenizer prefixed(char prefix, PreTokenizer inner) {
        return (text, from, to, first, out) -> {
            if (from < to && text.charAt(from) != prefix) {
                String longer = prefix + text.substring(from, to);
                inner.split(longer, 0, longer.length(), first, out);
            } else {
                inner.split(text, from, to, first, out);
            }
        };
    }

    /** Where {@link #metaspace} puts its mark before the text. */
    public enum Prepend {
        FIRST,
        NEVER,
        ALWAYS
    }

    /**
     * Spaces become {@code replacement}, which also begins the text.
     *
     * @param split whether each {@code replacement} begins a piece
     */
    public static PreTokenizer metaspace(char replacement, Prepend prepend, boolean split) {
        String mark = String.valueOf(replacement);
        PreTokenizer inner = split ? split(mark, SplitBehavior.MERGED_WITH_NEXT, false) : PreTokenizer.NONE;
        PreTokenizer prefixed = prefixed(replacement, inner);
        return (text, from, to, first, out) -> {
            String marked = text.substring(from, to).replace(' ', replacement);
            boolean add = prepend == Prepend.ALWAYS || (prepend == Prepend.FIRST && first);
            (add ? prefixed : inner).split(marked, 0, marked.length(), first, out);
        };
    }

    /** Words {@code \w+} and runs of other visible characters. */
    public static PreTokenizer whitespace() {
        return Split.of(PreTokenizerPatterns.WORDS, SplitBehavior.REMOVED, true);
    }

    /** Splits at white space, which is dropped. */
    public static PreTokenizer whitespaceSplit() {
        return each(Codepoints::isWhiteSpace, SplitBehavior.REMOVED);
    }

    /** Splits at white space, which is dropped, and at punctuation, each a piece. */
    public static PreTokenizer bert() {
        return then(whitespaceSplit(), punctuation(SplitBehavior.ISOLATED));
    }

    /** Splits at numbers. */
    public static PreTokenizer digits(boolean individual) {
        return each(Codepoints::isNumber, individual ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS);
    }

    /** Splits at punctuation, ASCII symbols included. */
    public static PreTokenizer punctuation(SplitBehavior behavior) {
        return each(
                c -> c < 0x80 ? c > ' ' && c < 0x7F && !Character.isLetterOrDigit(c) : Codepoints.isPunctuation(c),
                behavior);
    }

    /** Splits at {@code delimiter}, which is dropped. */
    public static PreTokenizer charDelimiter(int delimiter) {
        return each(c -> c == delimiter, SplitBehavior.REMOVED);
    }

    /** Pieces of {@code length} code points. */
    public static PreTokenizer fixedLength(int length) {
        return (text, from, to, first, out) -> {
            for (int i = from; i < to; ) {
                int end = i;
                for (int n = 0; n < length && end < to; n++) {
                    end += Character.charCount(text.codePointAt(end));
                }
                out.accept(text, i, Math.min(end, to));
                i = end;
            }
        };
    }

    private static PreTokenizer each(IntPredicate wanted, SplitBehavior behavior) {
        return (text, from, to, first, out) -> {
            SplitBehavior.Spans spans = behavior.pieces(text, false, out);
            int done = from;
            for (int i = from; i < to; ) {
                int c = text.codePointAt(i);
                int end = Math.min(to, i + Character.charCount(c));
                if (wanted.test(c)) {
                    spans.add(done, i, false);
                    spans.add(i, end, true);
                    done = end;
                }
                i = end;
            }
            spans.add(done, to, false);
            spans.finish();
        };
    }
}
