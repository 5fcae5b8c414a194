package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code normalizer} of a {@code tokenizer.json}. */
final class TokenizerJsonNormalizers {
    private TokenizerJsonNormalizers() {}

    static Normalizer read(@Nullable JsonValue json) throws FormatException {
        if (json == null) {
            return Normalizer.NONE;
        }
        String type = json.string("type");
        return switch (type) {
            case "Sequence" -> {
                List<Normalizer> steps = new ArrayList<>();
                for (JsonValue item : json.get("normalizers").items()) {
                    steps.add(read(item));
                }
                yield steps.isEmpty() ? Normalizer.NONE : Normalizers.sequence(steps);
            }
            case "NFC" -> Normalizers.unicode(Form.NFC);
            case "NFD" -> Normalizers.unicode(Form.NFD);
            case "NFKC" -> Normalizers.unicode(Form.NFKC);
            case "NFKD" -> Normalizers.unicode(Form.NFKD);
            case "Lowercase" -> Normalizers.lowercase();
            case "StripAccents" -> Normalizers.stripAccents();
            case "BertNormalizer" -> {
                boolean lowercase = json.bool("lowercase", true);
                yield Normalizers.bert(
                        json.bool("clean_text", true),
                        json.bool("handle_chinese_chars", true),
                        json.bool("strip_accents", lowercase),
                        lowercase);
            }
            case "Replace" -> {
                JsonValue pattern = json.get("pattern");
                JsonValue literal = pattern.find("String");
                yield literal != null
                        ? Normalizers.replace(literal.string(), json.string("content"))
                        : Normalizers.replace(regex(pattern), json.string("content"));
            }
            case "Prepend" -> Normalizers.prepend(json.string("prepend"));
            case "Strip" -> Normalizers.strip(json.bool("strip_left", true), json.bool("strip_right", true));
            case "Nmt" -> Normalizers.nmt();
            case "Precompiled" -> precompiled(json);
            case "ByteLevel" -> Normalizers.byteLevel();
            default -> throw json.wrong("normalizer \"" + type + "\" is unknown");
        };
    }

    static java.util.regex.Pattern regex(JsonValue pattern) throws FormatException {
        JsonValue regex = pattern.get("Regex");
        return OnigurumaSyntax.compile(regex.where(), regex.string());
    }

    private static Normalizer precompiled(JsonValue json) throws FormatException {
        JsonValue charsmap = json.find("precompiled_charsmap");
        if (charsmap == null || charsmap.string().isEmpty()) {
            return Normalizer.NONE;
        }
        try {
            byte[] blob = Base64.getDecoder().decode(charsmap.string());
            return new GraphemeNormalizer(PrecompiledCharsmap.parse(charsmap.where(), blob));
        } catch (IllegalArgumentException e) {
            throw charsmap.wrong("not base64: " + e.getMessage());
        }
    }
}
