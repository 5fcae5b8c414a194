package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.Metadata;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.tokenizer.AddedToken;
import dev.keiryo.tokenizer.SentencePieceMetadata;
import dev.keiryo.tokenizer.VocabularyFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A SentencePiece model with the tokens that the folder's JSON files add to it, under GGUF's keys. */
final class SentencePieceFolder {
    private SentencePieceFolder() {}

    /** @param vocabulary tokens to pad to */
    static Map<String, MetadataValue> read(Path folder, Path file, int vocabulary) throws IOException {
        if (file.endsWith("sentencepiece.bpe.model")) {
            throw new FormatException(
                    file.toString(), "XLM-RoBERTa's ids are not those of this file; a tokenizer.json is needed");
        }
        Metadata stored = SentencePieceMetadata.read(file);
        Map<String, MetadataValue> keys = new LinkedHashMap<>(stored.values());
        String[] texts = stored.strings("tokenizer.ggml.tokens");
        double[] scores = Objects.requireNonNull(stored.realsOrNull("tokenizer.ggml.scores"));
        long[] types = Objects.requireNonNull(stored.integersOrNull("tokenizer.ggml.token_type"));
        TokenList tokens = new TokenList(file.toString(), vocabulary);
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < texts.length; id++) {
            tokens.set(id, texts[id], scores[id], (int) types[id]);
            ids.putIfAbsent(texts[id], id);
        }
        for (AddedToken t : VocabularyFiles.added(folder, text -> ids.getOrDefault(text, -1))) {
            boolean same = t.id() < texts.length
                    && texts[t.id()].equals(t.content())
                    && (types[t.id()] == TokenList.CONTROL || types[t.id()] == TokenList.UNKNOWN);
            if (!same) {
                tokens.add(t.id(), t.content(), t.special());
            }
            ids.put(t.content(), t.id());
        }
        tokens.write(keys, true);
        SpecialTokens.of(folder, null, ids, vocabulary).write(keys);
        return keys;
    }
}
