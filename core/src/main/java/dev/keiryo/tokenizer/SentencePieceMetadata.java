package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.tokenizer.SentencePieceModel.Normalization;
import dev.keiryo.tokenizer.SentencePieceModel.Piece;
import dev.keiryo.tokenizer.SentencePieceModel.PieceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A SentencePiece {@code .model} under GGUF's {@code tokenizer.ggml.*} keys: BPE as {@code llama}, unigram as
 * {@code t5}.
 *
 * <p>Source: the GGUF specification; llama.cpp's {@code convert_hf_to_gguf.py}.
 */
public final class SentencePieceMetadata {
    private static final String KEY = "tokenizer.ggml.";

    private SentencePieceMetadata() {}

    /** @throws FormatException where the file is no such model, or GGUF cannot say what it does */
    public static Metadata read(Path file) throws IOException {
        String source = file.toString();
        if (Files.size(file) > SentencePiece.LARGEST_FILE) {
            throw new FormatException(source, Files.size(file) + " bytes are too many for a tokenizer");
        }
        byte[] data = Files.readAllBytes(file);
        if (Tiktoken.isRankFile(data)) {
            throw new FormatException(source, "holds tiktoken ranks but no merges; a tokenizer.json is needed");
        }
        return new Metadata(source, keys(source, SentencePieceModel.parse(source, data)));
    }

    private static Map<String, MetadataValue> keys(String source, SentencePieceModel model) throws FormatException {
        boolean unigram = model.type() == SentencePieceModel.Type.UNIGRAM;
        if (!unigram && model.type() != SentencePieceModel.Type.BPE) {
            throw new FormatException(source, "GGUF has BPE and unigram vocabularies, but this one is " + model.type());
        }
        Normalization normalization = model.normalization();
        if (model.treatWhitespaceAsSuffix() || !normalization.escapeWhitespaces() || model.denormalization() != null) {
            throw new FormatException(source, "GGUF has vocabularies that mark a space before a word, and no others");
        }
        List<Piece> pieces = model.pieces();
        Map<String, MetadataValue> keys = new LinkedHashMap<>();
        keys.put(KEY + "model", MetadataValue.of(unigram ? "t5" : "llama"));
        keys.put(KEY + "pre", MetadataValue.of("default"));
        keys.put(
                KEY + "tokens",
                MetadataValue.of(pieces.stream().map(Piece::text).toArray(String[]::new)));
        keys.put(
                KEY + "scores",
                MetadataValue.of(pieces.stream().mapToDouble(Piece::score).toArray()));
        keys.put(
                KEY + "token_type",
                MetadataValue.of(
                        pieces.stream().mapToLong(p -> p.type().number()).toArray()));
        keys.put(KEY + "add_space_prefix", MetadataValue.of(normalization.addDummyPrefix()));
        keys.put(KEY + "remove_extra_whitespaces", MetadataValue.of(normalization.removeExtraWhitespaces()));
        PrecompiledCharsmap charsmap = normalization.charsmap();
        if (charsmap != null) {
            keys.put(KEY + "precompiled_charsmap", bytes(charsmap.stored()));
        }
        id(keys, "bos_token_id", model.bos());
        id(keys, "eos_token_id", model.eos());
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).type() == PieceType.UNKNOWN) {
                id(keys, "unknown_token_id", id);
            }
        }
        keys.put(KEY + "add_bos_token", MetadataValue.of(model.bos() >= 0));
        keys.put(KEY + "add_eos_token", MetadataValue.of(model.bos() < 0 && model.eos() >= 0));
        return keys;
    }

    private static void id(Map<String, MetadataValue> keys, String key, int id) {
        if (id >= 0) {
            keys.put(KEY + key, MetadataValue.of((long) id));
        }
    }

    private static MetadataValue bytes(byte[] blob) {
        long[] values = new long[blob.length];
        for (int i = 0; i < blob.length; i++) {
            values[i] = blob[i];
        }
        return new MetadataValue(MetadataValue.Type.ARRAY, MetadataValue.Type.INT8, values);
    }
}
