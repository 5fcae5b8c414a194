package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The {@code model} of a {@code tokenizer.json}: its large lists read, what to make of them still open. */
final class TokenizerJsonModel {
    /** Ids may have gaps, but a few entries must not ask for a table of billions. */
    private static final int LARGEST_GAP = 1 << 16;

    private final JsonValue settings;
    private final List<String> entries = new ArrayList<>();
    private final IntSequence ids = new IntSequence();
    private final List<Double> scores = new ArrayList<>();
    private final List<Bpe.Merge> merges = new ArrayList<>();
    private boolean scored;
    private boolean merging;

    private TokenizerJsonModel(JsonValue settings) {
        this.settings = settings;
    }

    /** Reads the value that {@code parser} stands at. */
    static TokenizerJsonModel read(String source, JsonParser parser) throws FormatException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new FormatException(source, "model: an object was expected");
        }
        ObjectNode rest = JsonNodeFactory.instance.objectNode();
        TokenizerJsonModel model = new TokenizerJsonModel(new JsonValue(source, "model", rest));
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            JsonToken value = parser.nextToken();
            if (key.equals("vocab") && value == JsonToken.START_OBJECT) {
                model.readIds(source, parser);
            } else if (key.equals("vocab") && value == JsonToken.START_ARRAY) {
                model.readScores(source, parser);
            } else if (key.equals("merges") && value == JsonToken.START_ARRAY) {
                model.readMerges(source, parser);
            } else {
                JsonNode tree = parser.readValueAsTree();
                rest.set(key, tree);
            }
        }
        return model;
    }

    /** Reads a vocabulary on its own: {@code {"piece": id, …}}, whose beginning {@code parser} stands at. */
    static TokenizerJsonModel readVocabulary(String source, JsonParser parser) throws FormatException {
        TokenizerJsonModel model =
                new TokenizerJsonModel(new JsonValue(source, "", JsonNodeFactory.instance.objectNode()));
        model.readIds(source, parser);
        return model;
    }

    /** {@code {"piece": id, …}}. */
    private void readIds(String source, JsonParser parser) throws FormatException {
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String piece = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
                throw new FormatException(source, "vocab: \"" + piece + "\" should have a whole number as id");
            }
            long id = parser.getLongValue();
            if (id < 0 || id > Integer.MAX_VALUE - 8) {
                throw new FormatException(source, "vocab: \"" + piece + "\" has the id " + id);
            }
            entries.add(piece);
            ids.add((int) id);
        }
    }

    /** {@code [["piece", score], …]}. */
    private void readScores(String source, JsonParser parser) throws FormatException {
        scored = true;
        while (parser.nextToken() == JsonToken.START_ARRAY) {
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw new FormatException(source, "model.vocab[" + entries.size() + "]: [piece, score] was expected");
            }
            ids.add(entries.size());
            entries.add(parser.getString());
            JsonToken number = parser.nextToken();
            if (!number.isNumeric()) {
                throw new FormatException(source, "model.vocab[" + scores.size() + "]: [piece, score] was expected");
            }
            scores.add(parser.getDoubleValue());
            if (parser.nextToken() != JsonToken.END_ARRAY) {
                throw new FormatException(source, "model.vocab[" + scores.size() + "]: [piece, score] was expected");
            }
        }
        if (parser.currentToken() != JsonToken.END_ARRAY) {
            throw new FormatException(source, "model.vocab[" + entries.size() + "]: [piece, score] was expected");
        }
    }

    /** {@code ["left right", …]} or {@code [["left", "right"], …]}. */
    private void readMerges(String source, JsonParser parser) throws FormatException {
        merging = true;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token == JsonToken.VALUE_STRING) {
                merges.add(merge(source, "model.merges[" + merges.size() + "]", parser.getString()));
            } else {
                String left = token == JsonToken.START_ARRAY ? parser.nextStringValue() : null;
                String right = left == null ? null : parser.nextStringValue();
                if (left == null || right == null || parser.nextToken() != JsonToken.END_ARRAY) {
                    throw new FormatException(
                            source, "model.merges[" + merges.size() + "]: \"a b\" or [\"a\", \"b\"] was expected");
                }
                merges.add(new Bpe.Merge(left, right));
            }
        }
    }

    /** A merge as {@code merges.txt} writes it. */
    static Bpe.Merge merge(String source, String place, String line) throws FormatException {
        int space = line.indexOf(' ');
        if (space < 0 || line.indexOf(' ', space + 1) >= 0) {
            throw new FormatException(
                    source, place + ": two pieces and a space were expected, but found \"" + line + "\"");
        }
        return new Bpe.Merge(line.substring(0, space), line.substring(space + 1));
    }

    /** Number of entries. */
    int entries() {
        return entries.size();
    }

    /** Whether this is BPE without marks on its symbols, which may as well merge bytes. */
    boolean mergesPlainSymbols() throws FormatException {
        return type().equals("BPE")
                && settings.string("continuing_subword_prefix", "").isEmpty()
                && settings.string("end_of_word_suffix", "").isEmpty()
                && !settings.bool("byte_fallback", false);
    }

    /** The type; old files do not say it. */
    private String type() throws FormatException {
        String inferred = merging
                ? "BPE"
                : scored ? "Unigram" : settings.find("max_input_chars_per_word") != null ? "WordPiece" : "WordLevel";
        return settings.string("type", inferred);
    }

    /** @param bytes whether BPE is to merge bytes, its entries being spelled in GPT-2's alphabet */
    TokenModel build(boolean bytes) throws FormatException {
        String source = settings.where();
        switch (type()) {
            case "BPE" -> {
                return Bpe.ofMerges(
                        source,
                        pieces(),
                        merges,
                        new Bpe.Options(
                                bytes ? Bpe.Symbols.BYTES : Bpe.Symbols.CHARACTERS,
                                settings.bool("ignore_merges", false),
                                settings.bool("byte_fallback", false),
                                settings.bool("fuse_unk", false),
                                settings.stringOrNull("unk_token"),
                                settings.string("continuing_subword_prefix", ""),
                                settings.string("end_of_word_suffix", "")));
            }
            case "Unigram" -> {
                if (!scored) {
                    throw settings.wrong("\"vocab\" should be an array of [piece, score]");
                }
                JsonValue unknown = settings.find("unk_id");
                Integer unknownId = unknown == null ? null : (Integer) unknown.integer();
                if (unknownId != null && unknownId >= entries.size()) {
                    throw settings.wrong("unk_id is " + unknownId + ", but there are " + entries.size() + " pieces");
                }
                double[] values =
                        scores.stream().mapToDouble(Double::doubleValue).toArray();
                return new Unigram(entries, values, unknownId, settings.bool("byte_fallback", false));
            }
            case "WordPiece" -> {
                String unknown = settings.string("unk_token", "[UNK]");
                List<String> pieces = filled();
                if (!pieces.contains(unknown)) {
                    throw settings.wrong("the unknown token \"" + unknown + "\" is not in the vocabulary");
                }
                return new WordPiece(
                        pieces,
                        unknown,
                        settings.string("continuing_subword_prefix", "##"),
                        settings.integer("max_input_chars_per_word", 100));
            }
            case "WordLevel" -> {
                return new WordLevel(pieces(), settings.string("unk_token", "<unk>"));
            }
            default -> throw settings.wrong("model type \"" + type() + "\" is unknown");
        }
    }

    private List<String> filled() throws FormatException {
        List<String> filled = new ArrayList<>();
        for (String piece : pieces()) {
            filled.add(piece == null ? "" : piece);
        }
        return filled;
    }

    /** The entries by id. */
    @Nullable
    String[] pieces() throws FormatException {
        int largest = -1;
        for (int i = 0; i < ids.size(); i++) {
            largest = Math.max(largest, ids.get(i));
        }
        checkId(settings.source() + ", vocab", largest, ids.size());
        @Nullable String[] pieces = new @Nullable String[largest + 1];
        Arrays.fill(pieces, null);
        for (int i = 0; i < ids.size(); i++) {
            pieces[ids.get(i)] = entries.get(i);
        }
        return pieces;
    }

    static void checkId(String source, int id, int count) throws FormatException {
        if (id > 2L * count + LARGEST_GAP) {
            throw new FormatException(source, "id " + id + " is too large for " + count + " entries");
        }
    }
}
