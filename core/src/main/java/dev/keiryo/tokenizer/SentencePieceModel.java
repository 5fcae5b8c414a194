package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a SentencePiece {@code .model} file holds.
 *
 * @param type how text is segmented
 * @param pieces by id
 * @param byteFallback whether uncovered characters become bytes
 * @param normalization applied before segmentation
 * @param denormalization rewrites decoded text, or null
 * @param treatWhitespaceAsSuffix whether ▁ marks the end of a word rather than its start
 * @param bos id of the beginning of a sequence, or -1
 * @param eos id of the end of a sequence, or -1
 *
 * <p>Source: SentencePiece, {@code sentencepiece_model.proto}.
 */
record SentencePieceModel(
        Type type,
        List<Piece> pieces,
        boolean byteFallback,
        Normalization normalization,
        @Nullable PrecompiledCharsmap denormalization,
        boolean treatWhitespaceAsSuffix,
        int bos,
        int eos) {
    /** How text is segmented, and its number in the file. */
    enum Type {
        UNIGRAM(1),
        BPE(2),
        WORD(3),
        CHAR(4);

        private final int number;

        Type(int number) {
            this.number = number;
        }

        static @Nullable Type ofNumber(int number) {
            for (Type type : values()) {
                if (type.number == number) {
                    return type;
                }
            }
            return null;
        }
    }

    /** What a piece is for, and its number in the file; GGUF's token types are the same. */
    enum PieceType {
        NORMAL(1),
        UNKNOWN(2),
        CONTROL(3),
        USER_DEFINED(4),
        UNUSED(5),
        BYTE(6);

        private final int number;

        PieceType(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        /** The type with that number in the file, or null. */
        static @Nullable PieceType ofNumber(long number) {
            for (PieceType type : values()) {
                if (type.number == number) {
                    return type;
                }
            }
            return null;
        }
    }

    /** A vocabulary entry and its score: a log-probability, or for BPE minus its rank. */
    record Piece(String text, float score, PieceType type) {}

    /** The file's {@code NormalizerSpec}. */
    record Normalization(
            @Nullable PrecompiledCharsmap charsmap,
            boolean addDummyPrefix,
            boolean removeExtraWhitespaces,
            boolean escapeWhitespaces) {}

    static SentencePieceModel parse(String source, byte[] data) throws FormatException {
        List<Piece> pieces = new ArrayList<>();
        Trainer trainer = new Trainer();
        Normalization normalization = new Normalization(null, true, true, true);
        PrecompiledCharsmap denormalization = null;
        Protobuf model = new Protobuf(source, data);
        while (model.next()) {
            switch (model.field()) {
                case 1 -> pieces.add(piece(model.message()));
                case 2 -> trainer.read(model.message());
                case 3 -> normalization = normalization(source, model.message());
                case 5 ->
                    denormalization = normalization(source, model.message()).charsmap();
                default -> model.skip();
            }
        }
        if (pieces.isEmpty()) {
            throw new FormatException(source, "no pieces; this is no SentencePiece model");
        }
        return new SentencePieceModel(
                trainer.type,
                List.copyOf(pieces),
                trainer.byteFallback,
                normalization,
                denormalization,
                trainer.whitespaceAsSuffix,
                control(pieces, trainer.bos),
                control(pieces, trainer.eos));
    }

    private static int control(List<Piece> pieces, String text) {
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == PieceType.CONTROL
                    && pieces.get(id).text().equals(text)) {
                return id;
            }
        }
        return -1;
    }

    private static Piece piece(Protobuf in) throws FormatException {
        String text = "";
        float score = 0;
        PieceType type = PieceType.NORMAL;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> text = in.string();
                case 2 -> score = in.float32();
                case 3 -> {
                    int number = in.int32();
                    PieceType found = PieceType.ofNumber(number);
                    if (found == null) {
                        throw in.wrong("a piece's type should be 1 to 6, but is " + number);
                    }
                    type = found;
                }
                default -> in.skip();
            }
        }
        if (text.isEmpty()) {
            throw in.wrong("a piece is empty");
        }
        if (!Float.isFinite(score)) {
            throw in.wrong("the score of piece \"" + text + "\" is " + score);
        }
        return new Piece(text, score, type);
    }

    private static Normalization normalization(String source, Protobuf in) throws FormatException {
        PrecompiledCharsmap charsmap = null;
        boolean addDummyPrefix = true;
        boolean removeExtraWhitespaces = true;
        boolean escapeWhitespaces = true;
        while (in.next()) {
            switch (in.field()) {
                case 2 -> {
                    byte[] blob = in.bytes();
                    charsmap = blob.length == 0 ? null : PrecompiledCharsmap.parse(source, blob);
                }
                case 3 -> addDummyPrefix = in.bool();
                case 4 -> removeExtraWhitespaces = in.bool();
                case 5 -> escapeWhitespaces = in.bool();
                default -> in.skip();
            }
        }
        return new Normalization(charsmap, addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces);
    }

    /** The parts of {@code TrainerSpec} that matter for segmentation, with its defaults. */
    private static final class Trainer {
        Type type = Type.UNIGRAM;
        boolean byteFallback;
        boolean whitespaceAsSuffix;
        String bos = "<s>";
        String eos = "</s>";

        void read(Protobuf in) throws FormatException {
            while (in.next()) {
                switch (in.field()) {
                    case 3 -> {
                        int number = in.int32();
                        Type found = Type.ofNumber(number);
                        if (found == null) {
                            throw in.wrong("the model type should be 1 to 4, but is " + number);
                        }
                        type = found;
                    }
                    case 24 -> whitespaceAsSuffix = in.bool();
                    case 35 -> byteFallback = in.bool();
                    case 46 -> bos = in.string();
                    case 47 -> eos = in.string();
                    default -> in.skip();
                }
            }
        }
    }
}
