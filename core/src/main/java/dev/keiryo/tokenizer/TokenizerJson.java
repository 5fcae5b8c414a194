package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads {@code tokenizer.json}: a whole tokenizer as Hugging Face's {@code tokenizers} library stores it.
 *
 * <p>Source: that library's documentation of its components.
 */
public final class TokenizerJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private TokenizerJson() {}

    /** Reads a file. BOS and EOS are not said there: {@code Tokenizers.fromFolder} takes them from beside it. */
    public static Tokenizer read(Path file) throws IOException {
        return parse(file.toString(), Files.readAllBytes(file));
    }

    /**
     * Reads a file's content.
     *
     * @param source for messages
     */
    public static Tokenizer parse(String source, byte[] json) throws FormatException {
        return new Tokenizer(parts(source, json));
    }

    static Tokenizer.Parts parts(String source, byte[] json) throws FormatException {
        // the model is read as a stream: half a million merges as a tree would take hundreds of megabytes
        ObjectNode rest = JsonNodeFactory.instance.objectNode();
        TokenizerJsonModel model = null;
        try (JsonParser parser = MAPPER.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new FormatException(source, "a JSON object was expected");
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = parser.currentName();
                parser.nextToken();
                if (key.equals("model")) {
                    model = TokenizerJsonModel.read(source, parser);
                } else {
                    JsonNode tree = parser.readValueAsTree();
                    rest.set(key, tree);
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw new FormatException(source, "something follows the JSON object");
            }
        } catch (JacksonException e) {
            throw malformed(source, e);
        }
        if (model == null) {
            throw new FormatException(source, "\"model\" is missing");
        }
        return assemble(new JsonValue(source, "", rest), model);
    }

    private static Tokenizer.Parts assemble(JsonValue root, TokenizerJsonModel model) throws FormatException {
        Normalizer normalizer = TokenizerJsonNormalizers.read(root.find("normalizer"));
        JsonValue preTokenizer = root.find("pre_tokenizer");
        boolean bytes = model.mergesPlainSymbols() && TokenizerJsonPreTokenizers.endsInByteLevel(preTokenizer);
        Decoder decoder = TokenizerJsonDecoders.read(root.find("decoder"));
        return new Tokenizer.Parts(
                model.build(bytes),
                addedTokens(root.find("added_tokens"), model.entries()),
                normalizer,
                TokenizerJsonPreTokenizers.read(preTokenizer, bytes),
                TokenizerJsonPostProcessors.read(root.find("post_processor")),
                decoder,
                -1,
                -1);
    }

    private static List<AddedToken> addedTokens(@Nullable JsonValue list, int entries) throws FormatException {
        List<AddedToken> tokens = new ArrayList<>();
        if (list != null) {
            for (JsonValue item : list.items()) {
                int id = item.get("id").integer();
                TokenizerJsonModel.checkId(
                        item.get("id").where(), id, entries + list.node().size());
                tokens.add(addedToken(item, id));
            }
        }
        return tokens;
    }

    /** The token as {@code tokenizer.json} and {@code tokenizer_config.json} describe it. */
    static AddedToken addedToken(JsonValue item, int id) throws FormatException {
        boolean special = item.bool("special", false);
        return new AddedToken(
                id,
                item.string("content"),
                item.bool("single_word", false),
                item.bool("lstrip", false),
                item.bool("rstrip", false),
                item.bool("normalized", !special),
                special);
    }

    static FormatException malformed(String source, JacksonException e) {
        long offset = e.getLocation() == null
                ? FormatException.NO_OFFSET
                : e.getLocation().getByteOffset();
        FormatException wrong = new FormatException(source, offset, "not valid JSON: " + e.getOriginalMessage());
        wrong.initCause(e);
        return wrong;
    }

    /** A whole small file as a tree. */
    static JsonValue tree(Path file) throws IOException {
        return tree(file.toString(), Files.readAllBytes(file));
    }

    static JsonValue tree(String source, byte[] json) throws FormatException {
        try {
            return new JsonValue(source, "", MAPPER.readTree(json));
        } catch (JacksonException e) {
            throw malformed(source, e);
        }
    }
}
