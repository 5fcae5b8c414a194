package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Byte-pair encoding, over bytes or characters, with merges from a list, from ranks or from scores. */
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

        boolean adorned() {
            return !continuingSubwordPrefix.isEmpty() || !endOfWordSuffix.isEmpty();
        }
    }

    /** Two entries that may become one. */
    public record Merge(String left, String right) {}

    private final Vocabulary vocabulary;
    private final BpeSymbols symbols;
    private final @Nullable Integer unknownId;
    /** Text to id of every entry that is a whole pre-token, where merges are to be ignored for such. */
    private final Map<String, Integer> whole;

    private final PieceCache cache = new PieceCache();

    Bpe(Vocabulary vocabulary, BpeSymbols symbols, @Nullable Integer unknownId, Map<String, Integer> whole) {
        this.vocabulary = vocabulary;
        this.symbols = symbols;
        this.unknownId = unknownId;
        this.whole = whole;
    }

    /**
     * Merges in the order of a list: the earliest first, among equal ones the leftmost.
     *
     * @param source for messages
     * @param pieces the entry of each id (GPT-2's alphabet for {@link Symbols#BYTES}), null for holes
     */
    public static Bpe ofMerges(String source, @Nullable String[] pieces, Iterable<Merge> merges, Options options)
            throws FormatException {
        Vocabulary vocabulary = new Vocabulary(pieces.clone());
        Integer unknownId = vocabulary.require(source, "unknown token", options.unknown);
        MergeTable table = BpeTables.ofMerges(source, vocabulary, merges, options.continuingSubwordPrefix);
        Fallback fallback = new Fallback(vocabulary, options.byteFallback, options.fuseUnknown, unknownId);
        BpeSymbols symbols;
        if (options.symbols == Symbols.BYTES) {
            int[] ids = new int[256];
            for (int b = 0; b < 256; b++) {
                ids[b] = vocabulary.id(String.valueOf(ByteAlphabet.character(b)));
            }
            symbols = new BpeSymbols.OfBytes(ids, vocabulary, table, fallback);
        } else if (options.adorned()) {
            symbols = new BpeSymbols.OfAdorned(
                    vocabulary, options.continuingSubwordPrefix, options.endOfWordSuffix, table, fallback);
        } else {
            symbols = BpeSymbols.OfCharacters.of(vocabulary, table, fallback);
        }
        Map<String, Integer> whole = Map.of();
        if (options.ignoreMerges) {
            whole = options.symbols == Symbols.BYTES ? BpeTables.texts(vocabulary) : vocabulary.ids();
        }
        return new Bpe(vocabulary, symbols, unknownId, whole);
    }

    /**
     * Byte-level BPE of a rank file (tiktoken): two neighbours merge where their concatenation is an entry, that of the
     * lowest rank first; a pre-token that is an entry is taken whole.
     *
     * @param source for messages
     * @param tokens the bytes of each rank (which is the id), null for holes
     */
    public static Bpe ofRanks(String source, byte[] @Nullable [] tokens) throws FormatException {
        // one character for each byte: any reversible spelling would do for the table
        @Nullable String[] latin = new @Nullable String[tokens.length];
        @Nullable String[] pieces = new @Nullable String[tokens.length];
        float[] scores = new float[tokens.length];
        for (int id = 0; id < tokens.length; id++) {
            byte[] token = tokens[id];
            if (token != null) {
                latin[id] = new String(token, StandardCharsets.ISO_8859_1);
                pieces[id] = ByteAlphabet.spell(token);
            }
            scores[id] = -id;
        }
        Vocabulary vocabulary = new Vocabulary(pieces);
        BpeTables.Scored scored = BpeTables.ofScores(source, latin, scores);
        int[] ids = new int[256];
        for (int b = 0; b < 256; b++) {
            ids[b] = scored.atoms().getOrDefault(String.valueOf((char) b), -1);
        }
        Fallback fallback = new Fallback(vocabulary, false, false, null);
        return new Bpe(
                vocabulary,
                new BpeSymbols.OfBytes(ids, vocabulary, scored.table(), fallback),
                null,
                BpeTables.texts(vocabulary));
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
        if (scores.length != pieces.length) {
            throw new FormatException(source, pieces.length + " pieces, but " + scores.length + " scores");
        }
        Vocabulary vocabulary = new Vocabulary(pieces.clone());
        BpeTables.Scored scored = BpeTables.ofScores(source, pieces, scores);
        Fallback fallback = new Fallback(vocabulary, true, true, unknownId);
        return new Bpe(vocabulary, BpeSymbols.OfCharacters.of(scored, fallback), unknownId, Map.of());
    }

    @Override
    public void encode(String text, int from, int to, IntSequence out) {
        if (cache.find(text, from, to, out)) {
            return;
        }
        int start = out.size();
        Integer id = whole.isEmpty() ? null : whole.get(text.substring(from, to));
        if (id != null) {
            out.add(id);
        } else {
            symbols.encode(text, from, to, out);
        }
        cache.add(text, from, to, out, start);
    }

    @Override
    public int size() {
        return vocabulary.size();
    }

    @Override
    public String piece(int id) {
        return vocabulary.piece(id);
    }

    @Override
    public int id(String piece) {
        return vocabulary.id(piece);
    }

    @Override
    public @Nullable Integer unknownId() {
        return unknownId;
    }
}
