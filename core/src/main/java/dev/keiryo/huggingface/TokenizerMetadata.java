package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.tokenizer.VocabularyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * A folder's {@code tokenizer.json}, or what its older files amount to, under GGUF's {@code tokenizer.ggml.*} keys: byte-level BPE ({@code gpt2}), BPE of
 * characters with marked spaces ({@code llama}), unigram ({@code t5}) and WordPiece ({@code bert}).
 */
final class TokenizerMetadata {
    private static final String KEY = "tokenizer.ggml.";

    private final Config json;
    private final JsonNode model;
    private final TokenizerSteps steps;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<String, MetadataValue> keys = new LinkedHashMap<>();
    private final TokenList tokens;

    private TokenizerMetadata(Config json, int vocabulary) throws FormatException {
        this.json = json;
        Config section = json.section("model");
        if (section == null) {
            throw json.fault("model", "is missing");
        }
        model = section.json();
        steps = new TokenizerSteps(json);
        tokens = new TokenList(json.source(), vocabulary);
    }

    /** @param vocabulary tokens that the model has, at least as many as the tokenizer */
    static Map<String, MetadataValue> read(Path folder, int vocabulary) throws IOException {
        Path whole = folder.resolve("tokenizer.json");
        if (Files.exists(whole)) {
            return read(folder, Config.read(whole), vocabulary);
        }
        JsonNode pieces = VocabularyFiles.asTokenizerJson(folder);
        if (pieces != null) {
            return read(folder, Config.of(folder.toString(), pieces), vocabulary);
        }
        for (String name : List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model")) {
            if (Files.exists(folder.resolve(name))) {
                return SentencePieceFolder.read(folder, folder.resolve(name), vocabulary);
            }
        }
        try (var ranks = Files.newDirectoryStream(folder, "*.tiktoken")) {
            for (Path file : ranks) {
                throw new FormatException(file.toString(), "holds ranks but no merges; a tokenizer.json is needed");
            }
        }
        return Map.of(KEY + "model", MetadataValue.of("no_vocab"));
    }

    private static Map<String, MetadataValue> read(Path folder, Config json, int vocabulary) throws IOException {
        TokenizerMetadata m = new TokenizerMetadata(json, vocabulary);
        String type = m.model.path("type").asString(m.model.has("merges") ? "BPE" : "");
        switch (type) {
            case "BPE" -> m.bpe();
            case "Unigram" -> m.unigram();
            case "WordPiece" -> m.wordPiece();
            default -> throw json.fault("model.type", "is \"" + type + "\", which GGUF cannot hold");
        }
        SpecialTokens.of(folder, json.json().path("post_processor"), m.ids, vocabulary)
                .write(m.keys);
        return m.keys;
    }

    private void bpe() throws FormatException {
        readIds();
        if (steps.has("pre_tokenizer", "ByteLevel")) {
            byteLevelBpe();
            return;
        }
        steps.onlyNormalizers(Set.of("Prepend", "Replace( )"));
        if (!model.path("byte_fallback").asBoolean(false)
                && !json.json().toString().contains("▁")) {
            throw json.fault("pre_tokenizer", "is neither of bytes nor of marked spaces; GGUF cannot hold this BPE");
        }
        keys.put(KEY + "model", MetadataValue.of("llama"));
        keys.put(KEY + "pre", MetadataValue.of("default"));
        scored(merges());
        addedTokens();
        tokens.write(keys, true);
        keys.put(KEY + "add_space_prefix", MetadataValue.of(prefixesSpace()));
    }

    private void byteLevelBpe() throws FormatException {
        steps.onlyNormalizers(Set.of("NFC"));
        JsonNode pre = json.json().path("pre_tokenizer");
        boolean whole = model.path("ignore_merges").asBoolean(false);
        keys.put(KEY + "model", MetadataValue.of("gpt2"));
        keys.put(KEY + "pre", MetadataValue.of(PreTokenizerName.of(json.source(), pre, whole)));
        for (Map.Entry<String, Integer> e : ids.entrySet()) {
            tokens.set(e.getValue(), e.getKey(), 0, TokenList.NORMAL);
        }
        addedTokens();
        tokens.write(keys, false);
        // In GPT-2's alphabet a space is another character, so that none is ambiguous here.
        String[] joined = merges().stream()
                .map(m -> m[0].replace(' ', 'Ġ') + " " + m[1].replace(' ', 'Ġ'))
                .toArray(String[]::new);
        keys.put(KEY + "merges", MetadataValue.of(joined));
        JsonNode bytes = Objects.requireNonNull(steps.find("pre_tokenizer", "ByteLevel"));
        if (bytes.path("add_prefix_space").asBoolean(true)) {
            keys.put(KEY + "add_space_prefix", MetadataValue.of(true));
        }
        if (steps.has("normalizer", "NFC")) {
            keys.put(KEY + "normalizer.nfc", MetadataValue.of(true));
        }
    }

    /** Each token's score is minus its place in the order of merges: the best pair first, as SentencePiece has it. */
    private void scored(List<String[]> merges) throws FormatException {
        Map<String, Integer> order = new HashMap<>();
        for (String[] m : merges) {
            order.putIfAbsent(m[0] + m[1], order.size());
        }
        String unknown = model.path("unk_token").asString("");
        for (Map.Entry<String, Integer> e : ids.entrySet()) {
            String text = e.getKey();
            boolean isByte = text.matches("<0x[0-9A-Fa-f]{2}>");
            int type = text.equals(unknown) ? TokenList.UNKNOWN : isByte ? TokenList.BYTE : TokenList.NORMAL;
            tokens.set(e.getValue(), text, -order.getOrDefault(text, isByte ? 0 : order.size()), type);
        }
    }

    private void unigram() throws FormatException {
        steps.onlyNormalizers(Set.of("Precompiled", "Strip", "Replace( {2,})", "Replace( )", "Prepend"));
        keys.put(KEY + "model", MetadataValue.of("t5"));
        keys.put(KEY + "pre", MetadataValue.of("default"));
        int unknown = model.path("unk_id").asInt(-1);
        int id = 0;
        for (JsonNode entry : model.path("vocab")) {
            String text = entry.path(0).asString("");
            int type = id == unknown
                    ? TokenList.UNKNOWN
                    : text.matches("<0x[0-9A-Fa-f]{2}>") ? TokenList.BYTE : TokenList.NORMAL;
            ids.putIfAbsent(text, id);
            tokens.set(id++, text, entry.path(1).asDouble(0), type);
        }
        addedTokens();
        tokens.write(keys, true);
        keys.put(KEY + "unknown_token_id", MetadataValue.of((long) Math.max(0, unknown)));
        keys.put(KEY + "add_space_prefix", MetadataValue.of(prefixesSpace()));
        keys.put(KEY + "remove_extra_whitespaces", MetadataValue.of(removesSpaces()));
        JsonNode charsmap = json.json().path("normalizer").findValue("precompiled_charsmap");
        if (charsmap != null && charsmap.isString()) {
            charsmap(charsmap.asString());
        }
    }

    private void charsmap(String base64) throws FormatException {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new FormatException(json.source(), "key precompiled_charsmap is no Base64", e);
        }
        long[] values = new long[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            values[i] = bytes[i];
        }
        keys.put(
                KEY + "precompiled_charsmap",
                new MetadataValue(MetadataValue.Type.ARRAY, MetadataValue.Type.INT8, values));
    }

    /**
     * Pieces that begin a word are marked, those that continue one are not: the other way round than in the file. Whether
     * capitals and accents stay goes under llama.cpp's keys for it; its versions before them always lower.
     */
    private void wordPiece() throws FormatException {
        steps.onlyNormalizers(Set.of("BertNormalizer"));
        JsonNode normalizer = steps.find("normalizer", "BertNormalizer");
        if (normalizer == null
                || !normalizer.path("clean_text").asBoolean(true)
                || !normalizer.path("handle_chinese_chars").asBoolean(true)
                || !steps.has("pre_tokenizer", "BertPreTokenizer")) {
            throw json.fault("normalizer", "and pre_tokenizer should split as BERT does; GGUF cannot say otherwise");
        }
        keys.put(KEY + "model", MetadataValue.of("bert"));
        keys.put(KEY + "pre", MetadataValue.of("default"));
        String continues = model.path("continuing_subword_prefix").asString("##");
        readIds();
        for (Map.Entry<String, Integer> e : ids.entrySet()) {
            tokens.set(e.getValue(), marked(e.getKey(), continues), 0, TokenList.NORMAL);
        }
        for (JsonNode t : json.json().path("added_tokens")) {
            String text = t.path("content").asString("");
            int id = t.path("id").asInt(-1);
            boolean special = t.path("special").asBoolean(false);
            tokens.set(id, text, 0, special ? TokenList.CONTROL : TokenList.USER_DEFINED);
            ids.putIfAbsent(text, id);
        }
        tokens.write(keys, false);
        boolean lowercase = normalizer.path("lowercase").asBoolean(true);
        keys.put(KEY + "normalizer.lowercase", MetadataValue.of(lowercase));
        keys.put(
                KEY + "normalizer.strip_accents",
                MetadataValue.of(normalizer.path("strip_accents").asBoolean(lowercase)));
        role("unknown", model.path("unk_token").asString("[UNK]"));
        role("cls", "[CLS]");
        role("seperator", "[SEP]");
        role("padding", "[PAD]");
        role("mask", "[MASK]");
    }

    /** BERT's names of special tokens, which a configuration may leave out. */
    private void role(String role, String token) {
        Integer id = ids.get(token);
        if (id != null) {
            keys.put(KEY + role + "_token_id", MetadataValue.of((long) id));
        }
    }

    private static String marked(String piece, String continues) {
        if (piece.startsWith("[") && piece.endsWith("]")) {
            return piece;
        }
        return piece.startsWith(continues) ? piece.substring(continues.length()) : "▁" + piece;
    }

    private void readIds() throws FormatException {
        JsonNode vocab = model.path("vocab");
        if (!vocab.isObject()) {
            throw json.fault("model.vocab", "should be an object of tokens and ids");
        }
        for (Map.Entry<String, JsonNode> e : vocab.properties()) {
            ids.put(e.getKey(), e.getValue().asInt(-1));
        }
    }

    private List<String[]> merges() throws FormatException {
        List<String[]> out = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            String[] pair = merge.isArray()
                    ? new String[] {merge.path(0).asString(""), merge.path(1).asString("")}
                    : merge.asString("").split(" ", -1);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw json.fault("model.merges", "should hold pairs, but entry " + out.size() + " is " + merge);
            }
            out.add(pair);
        }
        return out;
    }

    private void addedTokens() throws FormatException {
        for (JsonNode t : json.json().path("added_tokens")) {
            String text = t.path("content").asString("");
            int id = t.path("id").asInt(-1);
            tokens.add(id, text, t.path("special").asBoolean(false));
            ids.putIfAbsent(text, id);
        }
    }

    /** Whether a mark is put before a text's first word. */
    private boolean prefixesSpace() {
        if (steps.has("normalizer", "Prepend")) {
            return true;
        }
        JsonNode metaspace = steps.find("pre_tokenizer", "Metaspace");
        if (metaspace == null) {
            return false;
        }
        return metaspace.has("prepend_scheme")
                ? !metaspace.path("prepend_scheme").asString("").equals("never")
                : metaspace.path("add_prefix_space").asBoolean(true);
    }

    /** Whether runs of spaces become one: a replacement of {@code " {2,}"}, or words split at white space. */
    private boolean removesSpaces() {
        return json.json().path("normalizer").toString().contains(" {2,}")
                || steps.has("pre_tokenizer", "WhitespaceSplit");
    }
}
