package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import dev.keiryo.tokenizer.SentencePieceModel.Normalization;
import dev.keiryo.tokenizer.SentencePieceModel.Piece;
import dev.keiryo.tokenizer.SentencePieceModel.PieceType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads SentencePiece {@code .model} files: BPE, unigram, word and character models, with their normalization table,
 * byte fallback and user-defined pieces.
 *
 * <p>Around a text go BOS where the vocabulary has one, else EOS where it has one (T5): the file itself does not say.
 */
public final class SentencePiece {
    /** Larger than any real vocabulary by far; protects from mistaking a model's weights for its tokenizer. */
    static final long LARGEST_FILE = 256L << 20;

    private SentencePiece() {}

    /**
     * Reads {@code file}. Files named {@code tokenizer.model} may also hold tiktoken ranks (Llama 3); such a one is read
     * as {@link Tiktoken} does.
     */
    public static Tokenizer read(Path file) throws IOException {
        String source = file.toString();
        if (Files.size(file) > LARGEST_FILE) {
            throw new FormatException(source, Files.size(file) + " bytes are too many for a tokenizer");
        }
        byte[] data = Files.readAllBytes(file);
        return Tiktoken.isRankFile(data)
                ? Tiktoken.parse(source, data, null)
                : assemble(source, SentencePieceModel.parse(source, data));
    }

    static Tokenizer assemble(String source, SentencePieceModel model) throws FormatException {
        Normalization normalization = model.normalization();
        boolean unigram = model.type() == SentencePieceModel.Type.UNIGRAM;
        List<String> texts = model.pieces().stream().map(Piece::text).toList();
        boolean userDefined = model.pieces().stream().anyMatch(piece -> piece.type() == PieceType.USER_DEFINED);
        SpaceMarks.Dummy dummy = SpaceMarks.Dummy.NONE;
        if (normalization.addDummyPrefix()) {
            dummy = model.treatWhitespaceAsSuffix()
                    ? SpaceMarks.Dummy.SUFFIX
                    // cutting user-defined pieces out of the text must not put spaces behind them
                    : userDefined ? SpaceMarks.Dummy.PREFIX_OF_TEXT : SpaceMarks.Dummy.PREFIX;
        }
        PieceTrie untouched = unigram && userDefined
                ? new PieceTrie(texts, id -> model.pieces().get(id).type() == PieceType.USER_DEFINED)
                : null;
        char mark = normalization.escapeWhitespaces() ? SentencePieceNormalizer.MARK : ' ';
        return new Tokenizer(new Tokenizer.Parts(
                model(source, model),
                added(model.pieces(), unigram),
                new SentencePieceNormalizer(
                        normalization.charsmap(),
                        normalization.removeExtraWhitespaces(),
                        normalization.escapeWhitespaces(),
                        untouched),
                preTokenizer(model, mark, dummy, texts),
                around(model),
                decoder(model),
                model.bos(),
                model.eos()));
    }

    private static PreTokenizer preTokenizer(
            SentencePieceModel model, char mark, SpaceMarks.Dummy dummy, List<String> texts) {
        SpaceMarks marks = new SpaceMarks(mark, dummy, texts);
        if (model.type() != SentencePieceModel.Type.WORD) {
            return marks;
        }
        SplitBehavior behavior =
                model.treatWhitespaceAsSuffix() ? SplitBehavior.MERGED_WITH_PREVIOUS : SplitBehavior.MERGED_WITH_NEXT;
        PreTokenizer words =
                PreTokenizers.sequence(List.of(marks, PreTokenizers.split(String.valueOf(mark), behavior, false)));
        Set<String> known = Set.copyOf(texts);
        return (text, from, to, first, out) -> {
            // neighbouring unknown words are one unknown token
            StringBuilder unknown = new StringBuilder();
            words.split(text, from, to, first, (word, a, b) -> {
                if (known.contains(word.substring(a, b))) {
                    flush(unknown, out);
                    out.accept(word, a, b);
                } else {
                    unknown.append(word, a, b);
                }
            });
            flush(unknown, out);
        };
    }

    private static void flush(StringBuilder words, PreTokenizer.Pieces out) {
        if (!words.isEmpty()) {
            out.accept(words.toString(), 0, words.length());
            words.setLength(0);
        }
    }

    private static TokenModel model(String source, SentencePieceModel model) throws FormatException {
        List<Piece> pieces = model.pieces();
        Integer unknown = only(source, pieces, PieceType.UNKNOWN);
        return switch (model.type()) {
            case BPE -> Bpe.ofScores(source, texts(pieces), scores(pieces), unknown);
            case WORD ->
                new WordLevel(
                        texts(pieces),
                        unknown == null ? null : pieces.get(unknown).text());
            case UNIGRAM, CHAR -> unigram(pieces, unknown, model.byteFallback());
        };
    }

    /** A unigram model in which user-defined pieces win wherever they occur. */
    static Unigram unigram(List<Piece> pieces, @Nullable Integer unknown, boolean byteFallback) {
        double greatest = pieces.stream()
                .filter(piece -> piece.type() == PieceType.NORMAL)
                .mapToDouble(Piece::score)
                .max()
                .orElse(0);
        double[] scores = new double[pieces.size()];
        for (int id = 0; id < scores.length; id++) {
            Piece piece = pieces.get(id);
            scores[id] = piece.type() == PieceType.USER_DEFINED
                    ? piece.text().getBytes(StandardCharsets.UTF_8).length * greatest - 0.1
                    : piece.score();
        }
        return new Unigram(
                pieces.stream().map(Piece::text).toList(),
                scores,
                id -> segments(pieces.get(id)),
                unknown,
                byteFallback);
    }

    /** Whether text is ever segmented into that piece. */
    private static boolean segments(Piece piece) {
        return piece.type() == PieceType.NORMAL || piece.type() == PieceType.USER_DEFINED;
    }

    /** Scores by id, NaN for pieces that text is never segmented into. */
    static float[] scores(List<Piece> pieces) {
        float[] scores = new float[pieces.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = segments(pieces.get(id)) ? pieces.get(id).score() : Float.NaN;
        }
        return scores;
    }

    static @Nullable String[] texts(List<Piece> pieces) {
        return pieces.stream().map(Piece::text).toArray(String[]::new);
    }

    private static @Nullable Integer only(String source, List<Piece> pieces, PieceType type) throws FormatException {
        Integer found = null;
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == type) {
                if (found != null) {
                    throw new FormatException(source, "pieces " + found + " and " + id + " are both of type " + type);
                }
                found = id;
            }
        }
        return found;
    }

    private static List<AddedToken> added(List<Piece> pieces, boolean unigram) {
        Predicate<Piece> cutOut = piece -> piece.type() == PieceType.USER_DEFINED && !unigram;
        List<AddedToken> added = new ArrayList<>();
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            if (piece.type() == PieceType.CONTROL || piece.type() == PieceType.UNKNOWN) {
                added.add(AddedToken.control(id, piece.text()));
            } else if (cutOut.test(piece)) {
                added.add(AddedToken.userDefined(id, piece.text()));
            }
        }
        return added;
    }

    private static PostProcessor around(SentencePieceModel model) {
        if (model.bos() >= 0) {
            return new PostProcessor(new int[] {model.bos()}, new int[0]);
        }
        return model.eos() >= 0 ? new PostProcessor(new int[0], new int[] {model.eos()}) : PostProcessor.NONE;
    }

    private static Decoder decoder(SentencePieceModel model) {
        Normalization normalization = model.normalization();
        List<Decoder> steps = new ArrayList<>();
        steps.add(decoder(normalization.addDummyPrefix(), normalization.removeExtraWhitespaces()));
        PrecompiledCharsmap charsmap = model.denormalization();
        if (charsmap != null) {
            SentencePieceNormalizer denormalizer = new SentencePieceNormalizer(charsmap, false, false, null);
            steps.add(next -> new Rewriting(next, denormalizer));
        }
        return Decoders.sequence(steps);
    }

    /** Drops the space that the dummy prefix makes, or all leading ones where extra ones are removed. */
    static Decoder decoder(boolean dummyPrefix, boolean removeExtraWhitespaces) {
        Decoder joined = Decoders.sentencePiece(dummyPrefix && !removeExtraWhitespaces);
        return removeExtraWhitespaces
                ? Decoders.sequence(List.of(joined, Decoders.strip(' ', Integer.MAX_VALUE, 0)))
                : joined;
    }

    /** Rewrites the whole decoded text, which is only known at its end. */
    private static final class Rewriting implements Decoder.Stage {
        private final Decoder.Stage next;
        private final Normalizer rewriting;
        private final StringBuilder text = new StringBuilder();

        Rewriting(Decoder.Stage next, Normalizer rewriting) {
            this.next = next;
            this.rewriting = rewriting;
        }

        @Override
        public void text(String part) {
            text.append(part);
        }

        @Override
        public void end() {}

        @Override
        public void flush() {}

        @Override
        public void finish() {
            next.text(rewriting.normalize(text.toString()));
            next.end();
            next.finish();
        }
    }
}
