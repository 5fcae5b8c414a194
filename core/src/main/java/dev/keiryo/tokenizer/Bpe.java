package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import org.jspecify.annotations.Nullable;

/** Placeholder until its author fills it. */
@SuppressWarnings("DoNotCallSuggester")
public final class Bpe implements TokenModel {
    /** What the first symbols of a pre-token are, before any merge. */
    public enum Symbols {
        /** The bytes of its UTF-8; the vocabulary spells them in GPT-2's alphabet. */
        BYTES,
        /** Its characters. */
        CHARACTERS
    }

    /**
     * How a vocabulary with merges is used.
     *
     * @param symbols what is merged
     * @param ignoreMerges a pre-token that is an entry as a whole is that entry, whatever the merges say
     * @param byteFallback characters that no entry covers become {@code <0xAB>} entries
     * @param fuseUnknown neighbouring unknown characters become one unknown token
     * @param unknown the entry for characters that nothing covers, or null: they are dropped
     * @param continuingSubwordPrefix put before every symbol but a pre-token's first, or empty
     * @param endOfWordSuffix put behind a pre-token's last symbol, or empty
     */
    public record Options(
            Symbols symbols,
            boolean ignoreMerges,
            boolean byteFallback,
            boolean fuseUnknown,
            @Nullable String unknown,
            String continuingSubwordPrefix,
            String endOfWordSuffix) {
        /** GPT-2 and its descendants. */
        public static final Options BYTE_LEVEL = new Options(Symbols.BYTES, false, false, false, null, "", "");

        public Options withIgnoreMerges(boolean ignore) {
            return new Options(
                    symbols, ignore, byteFallback, fuseUnknown, unknown, continuingSubwordPrefix, endOfWordSuffix);
        }
    }

    /** Two entries that may become one. */
    public record Merge(String left, String right) {}

    /**
     * Merges in the order of a list: the earliest first, among equal ones the leftmost.
     *
     * @param source for messages
     * @param pieces the entry of each id (GPT-2's alphabet for {@link Symbols#BYTES}), null for holes
     */
    public static Bpe ofMerges(String source, @Nullable String[] pieces, Iterable<Merge> merges, Options options)
            throws FormatException {
        throw new IllegalStateException();
    }

    /**
     * Byte-level BPE of a rank file (tiktoken): two neighbours merge where their concatenation is an entry, that of the
     * lowest rank first; a pre-token that is an entry is taken whole.
     *
     * @param source for messages
     * @param tokens the bytes of each rank (which is the id), null for holes
     */
    public static Bpe ofRanks(String source, byte @Nullable [][] tokens) throws FormatException {
        throw new IllegalStateException();
    }

    /**
     * SentencePiece BPE: two neighbours merge where their concatenation is an entry, that of the highest score first;
     * characters that no entry covers become {@code <0xAB>} entries where there are such, else unknown.
     *
     * @param source for messages
     * @param pieces the entry of each id, null for holes
     * @param scores one for each piece; NaN where the piece is never the outcome of encoding (control, unknown, byte)
     * @param unknownId for characters that nothing covers, or null: they are dropped
     */
    public static Bpe ofScores(String source, @Nullable String[] pieces, float[] scores, @Nullable Integer unknownId)
            throws FormatException {
        throw new IllegalStateException();
    }

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
