package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.tokenizer.SentencePieceModel.Piece;
import dev.keiryo.tokenizer.SentencePieceModel.PieceType;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Builds the tokenizer that GGUF metadata describes: {@code tokenizer.ggml.model} is {@code llama} (SentencePiece BPE),
 * {@code gpt2} (byte-level BPE, split as {@code tokenizer.ggml.pre} says), {@code bert} (WordPiece) or {@code t5}
 * (unigram).
 *
 * <p>Source: the GGUF specification; where it is silent, what llama.cpp assumes for missing keys.
 */
public final class GgufTokenizer {
    private static final String KEY = "tokenizer.ggml.";
    private static final int LONGEST_WORD = 100;

    /** Of these vocabularies a pre-token that is an entry is taken whole, whatever the merges say. */
    private static final Set<String> WHOLE_ENTRIES = Set.of("llama3", "llama-v3", "llama-bpe", "falcon3", "tekken");

    private static final Set<String> BOS_ASSUMED =
            Set.of("llama3", "llama-v3", "llama-bpe", "falcon3", "tekken", "chameleon");

    private final Metadata metadata;
    private final List<Piece> pieces;

    private GgufTokenizer(Metadata metadata) throws FormatException {
        this.metadata = metadata;
        pieces = pieces(metadata);
    }

    /** The tokenizer of a model, or null where its file carries no vocabulary. */
    public static @Nullable Tokenizer from(Metadata metadata) throws FormatException {
        String model = metadata.string(KEY + "model", "none");
        return switch (model) {
            case "none", "no_vocab" -> null;
            case "llama" -> new GgufTokenizer(metadata).sentencePieceBpe();
            case "gpt2" -> new GgufTokenizer(metadata).byteLevelBpe();
            case "bert" -> new GgufTokenizer(metadata).wordPiece();
            case "t5" -> new GgufTokenizer(metadata).unigram();
            default ->
                throw new FormatException(
                        metadata.source(),
                        "key " + KEY + "model should be llama, gpt2, bert, t5 or none, but is \"" + model + "\"");
        };
    }

    private static List<Piece> pieces(Metadata metadata) throws FormatException {
        String[] texts = metadata.strings(KEY + "tokens");
        double[] scores = metadata.realsOrNull(KEY + "scores");
        long[] types = metadata.integersOrNull(KEY + "token_type");
        int scoreCount = scores == null ? texts.length : scores.length;
        int typeCount = types == null ? texts.length : types.length;
        if (texts.length == 0 || scoreCount != texts.length || typeCount != texts.length) {
            throw new FormatException(
                    metadata.source(),
                    texts.length + " tokens, " + scoreCount + " scores and " + typeCount + " token types; there should "
                            + "be as many of each, and some");
        }
        List<Piece> pieces = new ArrayList<>(texts.length);
        for (int id = 0; id < texts.length; id++) {
            float score = scores == null ? 0 : (float) scores[id];
            PieceType type = types == null ? null : PieceType.ofNumber(types[id]);
            if (!Float.isFinite(score)) {
                throw new FormatException(metadata.source(), "key " + KEY + "scores: entry " + id + " is " + score);
            }
            pieces.add(new Piece(texts[id], score, type == null ? PieceType.NORMAL : type));
        }
        return pieces;
    }

    private Tokenizer sentencePieceBpe() throws FormatException {
        if (!metadata.has(KEY + "scores")) {
            throw new FormatException(metadata.source(), "key " + KEY + "scores is missing; it orders the merges");
        }
        Bpe model = Bpe.ofScores(
                metadata.source(),
                SentencePiece.texts(pieces),
                SentencePiece.scores(pieces),
                idOrNull("unknown_token_id", 0));
        boolean prefix = metadata.bool(KEY + "add_space_prefix", true);
        return tokenizer(
                model,
                sentencePieceNormalizer(),
                marks(prefix),
                around(id("bos_token_id", 1), id("eos_token_id", 2), true, false),
                SentencePiece.decoder(prefix, metadata.bool(KEY + "remove_extra_whitespaces", false)),
                id("bos_token_id", 1),
                id("eos_token_id", 2));
    }

    private Tokenizer unigram() throws FormatException {
        boolean prefix = metadata.bool(KEY + "add_space_prefix", false);
        Integer unknown = idOrNull("unknown_token_id", 2);
        boolean bytes = pieces.stream().anyMatch(piece -> piece.type() == PieceType.BYTE);
        return tokenizer(
                SentencePiece.unigram(pieces, unknown, bytes),
                sentencePieceNormalizer(),
                marks(prefix),
                around(id("bos_token_id", -1), id("eos_token_id", 1), false, true),
                SentencePiece.decoder(prefix, metadata.bool(KEY + "remove_extra_whitespaces", false)),
                id("bos_token_id", -1),
                id("eos_token_id", 1));
    }

    private Normalizer sentencePieceNormalizer() throws FormatException {
        long[] blob = metadata.integersOrNull(KEY + "precompiled_charsmap");
        PrecompiledCharsmap charsmap = null;
        if (blob != null && blob.length > 0) {
            byte[] bytes = new byte[blob.length];
            for (int i = 0; i < blob.length; i++) {
                bytes[i] = (byte) blob[i];
            }
            charsmap = PrecompiledCharsmap.parse(metadata.source(), bytes);
        }
        boolean remove = metadata.bool(KEY + "remove_extra_whitespaces", false);
        return new SentencePieceNormalizer(charsmap, remove, true, null);
    }

    private PreTokenizer marks(boolean prefix) {
        return new SpaceMarks(
                SentencePieceNormalizer.MARK,
                prefix ? SpaceMarks.Dummy.PREFIX : SpaceMarks.Dummy.NONE,
                pieces.stream().map(Piece::text).toList());
    }

    private Tokenizer byteLevelBpe() throws FormatException {
        String pre = metadata.string(KEY + "pre", "default");
        List<Bpe.Merge> merges = new ArrayList<>();
        for (String merge : metadata.strings(KEY + "merges")) {
            int space = merge.indexOf(' ', 1);
            if (space < 0 || space == merge.length() - 1) {
                throw new FormatException(
                        metadata.source(),
                        "key " + KEY + "merges: entry " + merges.size() + " should be two tokens with a space between, "
                                + "but is \"" + merge + "\"");
            }
            merges.add(new Bpe.Merge(merge.substring(0, space), merge.substring(space + 1)));
        }
        Bpe model = Bpe.ofMerges(
                metadata.source(),
                SentencePiece.texts(pieces),
                merges,
                Bpe.Options.BYTE_LEVEL.withIgnoreMerges(WHOLE_ENTRIES.contains(pre)));
        Normalizer normalizer = metadata.bool(KEY + "add_space_prefix", false)
                ? Normalizers.prependOnce(" ")
                : metadata.bool(KEY + "normalizer.nfc", false) ? Normalizers.unicode(Form.NFC) : Normalizer.NONE;
        PreTokenizer split = PreTokenizers.named(metadata.source(), pre);
        int bos = id("bos_token_id", -1);
        int eos = id("eos_token_id", -1);
        return tokenizer(
                model,
                normalizer,
                split,
                around(bos, eos, BOS_ASSUMED.contains(pre), false),
                Decoders.byteLevel(),
                bos,
                eos);
    }

    /** GGUF marks the start of a word by ▁; BERT's own files, and this tokenizer, mark its continuation by ##. */
    private Tokenizer wordPiece() throws FormatException {
        List<String> texts = new ArrayList<>(pieces.size());
        boolean cased = false;
        for (Piece piece : pieces) {
            String text = piece.text();
            if (text.isEmpty()
                    || (text.startsWith("[") && text.endsWith("]"))
                    || piece.type() == PieceType.CONTROL
                    || piece.type() == PieceType.USER_DEFINED) {
                texts.add(text);
            } else if (text.charAt(0) == SentencePieceNormalizer.MARK) {
                texts.add(text.substring(1));
                cased |= !text.equals(text.toLowerCase(Locale.ROOT));
            } else {
                texts.add("##" + text);
            }
        }
        boolean lowercase = metadata.bool(KEY + "normalizer.lowercase", !cased);
        int unknown = id("unknown_token_id", 100);
        int cls = id("cls_token_id", id("bos_token_id", 101));
        int sep = id("seperator_token_id", id("eos_token_id", 102));
        if (unknown < 0 || cls < 0 || sep < 0) {
            throw new FormatException(metadata.source(), "the ids of [UNK], [CLS] and [SEP] are needed");
        }
        return tokenizer(
                new WordPiece(texts, texts.get(unknown), "##", LONGEST_WORD),
                Normalizers.bert(true, true, metadata.bool(KEY + "normalizer.strip_accents", lowercase), lowercase),
                PreTokenizers.bert(),
                new PostProcessor(new int[] {cls}, new int[] {sep}),
                Decoders.wordPiece("##", true),
                cls,
                sep);
    }

    private Tokenizer tokenizer(
            TokenModel model,
            Normalizer normalizer,
            PreTokenizer preTokenizer,
            PostProcessor around,
            Decoder decoder,
            int bos,
            int eos)
            throws FormatException {
        return new Tokenizer(
                new Tokenizer.Parts(model, added(model), normalizer, preTokenizer, around, decoder, bos, eos));
    }

    private List<AddedToken> added(TokenModel model) throws FormatException {
        // Phi-3's control tokens swallow the white space behind them, which GGUF has no key for
        boolean phi3 =
                metadata.string("general.name", "").toLowerCase(Locale.ROOT).matches(".*phi-?3.*");
        Set<String> plain = Set.of("<unk>", "<s>", "<|endoftext|>");
        List<AddedToken> added = new ArrayList<>();
        for (int id = 0; id < pieces.size(); id++) {
            PieceType type = pieces.get(id).type();
            boolean special = type == PieceType.CONTROL || type == PieceType.UNKNOWN;
            String text = model.piece(id);
            if ((special || type == PieceType.USER_DEFINED) && !text.isEmpty()) {
                boolean strip = phi3 && !plain.contains(text);
                added.add(new AddedToken(id, text, false, false, strip, false, special));
            }
        }
        return added;
    }

    private PostProcessor around(int bos, int eos, boolean bosAssumed, boolean eosAssumed) throws FormatException {
        boolean addBos = metadata.bool(KEY + "add_bos_token", bosAssumed) && bos >= 0;
        boolean addEos = metadata.bool(KEY + "add_eos_token", eosAssumed) && eos >= 0;
        return new PostProcessor(addBos ? new int[] {bos} : new int[0], addEos ? new int[] {eos} : new int[0]);
    }

    private @Nullable Integer idOrNull(String key, int otherwise) throws FormatException {
        int id = id(key, otherwise);
        return id < 0 ? null : (Integer) id;
    }

    /** The id under that key, or {@code otherwise} where it is missing; -1 where there is no such token. */
    private int id(String key, int otherwise) throws FormatException {
        if (!metadata.has(KEY + key)) {
            return otherwise < pieces.size() ? otherwise : -1;
        }
        int id = metadata.integer(KEY + key, otherwise);
        if (id < -1 || id >= pieces.size()) {
            throw new FormatException(
                    metadata.source(),
                    "key " + KEY + key + " should be below the number of tokens, " + pieces.size() + ", but is " + id);
        }
        return id;
    }
}
