package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code decoder} of a {@code tokenizer.json}. */
final class TokenizerJsonDecoders {
    private TokenizerJsonDecoders() {}

    static Decoder read(@Nullable JsonValue json) throws FormatException {
        if (json == null) {
            return Decoders.join(" ");
        }
        String type = json.string("type");
        return switch (type) {
            case "Sequence" -> {
                List<Decoder> steps = new ArrayList<>();
                for (JsonValue item : json.get("decoders").items()) {
                    steps.add(read(item));
                }
                yield Decoders.sequence(steps);
            }
            case "ByteLevel" -> Decoders.byteLevel();
            case "ByteFallback" -> Decoders.byteFallback();
            case "Fuse" -> Decoders.fuse();
            case "Replace" -> {
                JsonValue pattern = json.get("pattern");
                JsonValue literal = pattern.find("String");
                yield literal != null
                        ? Decoders.replace(literal.string(), json.string("content"))
                        : Decoders.replace(TokenizerJsonNormalizers.regex(pattern), json.string("content"));
            }
            case "Strip" -> {
                int content = json.character("content", " ");
                if (content > Character.MAX_VALUE) {
                    throw json.get("content").wrong("a character of the basic plane was expected");
                }
                yield Decoders.strip((char) content, json.integer("start", 0), json.integer("stop", 0));
            }
            case "Metaspace" -> {
                int replacement = json.character("replacement", "▁");
                if (replacement > Character.MAX_VALUE) {
                    throw json.get("replacement").wrong("a character of the basic plane was expected");
                }
                yield Decoders.metaspace((char) replacement, prefixed(json) != PreTokenizers.Prepend.NEVER);
            }
            case "WordPiece" -> Decoders.wordPiece(json.string("prefix", "##"), json.bool("cleanup", true));
            case "BPEDecoder" -> Decoders.bpe(json.string("suffix", "</w>"));
            case "CTC" ->
                Decoders.ctc(
                        json.string("pad_token", "<pad>"),
                        json.string("word_delimiter_token", "|"),
                        json.bool("cleanup", true));
            default -> throw json.wrong("decoder \"" + type + "\" is unknown");
        };
    }

    /** Metaspace's {@code prepend_scheme}, or {@code add_prefix_space} of older files. */
    static PreTokenizers.Prepend prefixed(JsonValue json) throws FormatException {
        JsonValue scheme = json.find("prepend_scheme");
        if (scheme == null) {
            return json.bool("add_prefix_space", true) ? PreTokenizers.Prepend.ALWAYS : PreTokenizers.Prepend.NEVER;
        }
        return switch (scheme.string()) {
            case "first" -> PreTokenizers.Prepend.FIRST;
            case "never" -> PreTokenizers.Prepend.NEVER;
            case "always" -> PreTokenizers.Prepend.ALWAYS;
            default ->
                throw scheme.wrong("\"" + scheme.string() + "\" is unknown; first, never or always was expected");
        };
    }
}
