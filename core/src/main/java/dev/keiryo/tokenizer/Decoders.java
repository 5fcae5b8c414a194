package dev.keiryo.tokenizer;

import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** The decoders that tokenizers are made of. */
public final class Decoders {
    private Decoders() {}

    /** One after the other. */
    public static Decoder sequence(List<Decoder> steps) {
        List<Decoder> all = List.copyOf(steps);
        return next -> {
            Decoder.Stage stage = next;
            for (Decoder step : all.reversed()) {
                stage = step.open(stage);
            }
            return stage;
        };
    }

    /** The usual decoder of SentencePiece vocabularies: ▁ is a space, the first one is dropped, byte tokens are bytes. */
    public static Decoder sentencePiece(boolean dropFirstSpace) {
        Decoder joined = sequence(List.of(replace("▁", " "), byteFallback(), fuse()));
        return dropFirstSpace ? sequence(List.of(joined, strip(' ', 1, 0))) : joined;
    }

    /** Pieces in GPT-2's alphabet to the text whose UTF-8 they spell; other pieces stand for themselves. */
    public static Decoder byteLevel() {
        return ByteDecoders.ByteLevel::new;
    }

    /** Runs of {@code <0xAB>} pieces to the text whose UTF-8 they spell; U+FFFD for each byte of a run that is none. */
    public static Decoder byteFallback() {
        return ByteDecoders.ByteFallback::new;
    }

    /** All pieces as one. */
    public static Decoder fuse() {
        return DecoderStages.Fuse::new;
    }

    /** Puts {@code separator} between pieces. */
    public static Decoder join(String separator) {
        return next -> new DecoderStages.Join(next, separator);
    }

    /** In each piece, replaces every {@code pattern} by {@code content}. */
    public static Decoder replace(String pattern, String content) {
        if (pattern.length() == 1) {
            return next -> new DecoderStages.MapParts(next, part -> part.replace(pattern, content));
        }
        return eachPiece(piece -> piece.replace(pattern, content));
    }

    /** In each piece, replaces every match of {@code pattern} by {@code content}, literally. */
    public static Decoder replace(Pattern pattern, String content) {
        PatternFinder.Factory finders = PatternFinder.Factory.of(pattern);
        return eachPiece(piece -> finders.replaceAll(piece, content));
    }

    /** In each piece, drops up to {@code start} leading and {@code stop} trailing {@code content}. */
    public static Decoder strip(char content, int start, int stop) {
        return next -> new DecoderStages.Strip(next, content, start, stop);
    }

    /** {@code replacement} becomes a space; in the first piece, where a prefix was added, nothing. */
    public static Decoder metaspace(char replacement, boolean prefixed) {
        String mark = String.valueOf(replacement);
        return next ->
                new DecoderStages.MapPieces(next, (piece, first) -> piece.replace(mark, first && prefixed ? "" : " "));
    }

    /** Pieces that begin with {@code prefix} continue a word; before others goes a space. */
    public static Decoder wordPiece(String prefix, boolean cleanup) {
        return next -> new DecoderStages.MapPieces(next, (piece, first) -> {
            String text = first ? piece : piece.startsWith(prefix) ? piece.substring(prefix.length()) : " " + piece;
            return cleanup ? cleanUp(text) : text;
        });
    }

    /** {@code suffix} ends a word: it becomes a space, in the last piece nothing. */
    public static Decoder bpe(String suffix) {
        return next -> new DecoderStages.WordSuffix(next, suffix);
    }

    /** Connectionist temporal classification: repeated pieces count once, {@code pad} is dropped. */
    public static Decoder ctc(String pad, String wordDelimiter, boolean cleanup) {
        return next -> new DecoderStages.Distinct(new DecoderStages.MapPieces(next, (piece, first) -> {
            String text = pad.isEmpty() ? piece : piece.replace(pad, "");
            return cleanup ? cleanUp(text).replace(wordDelimiter, " ") : text;
        }));
    }

    private static Decoder eachPiece(UnaryOperator<String> mapping) {
        return next ->
                new DecoderStages.MapPieces(next, (piece, first) -> Objects.requireNonNull(mapping.apply(piece)));
    }

    /** Undoes the spaces that English tokenization puts before punctuation and contractions. */
    private static String cleanUp(String text) {
        return text.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" do not", " don't")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }
}
