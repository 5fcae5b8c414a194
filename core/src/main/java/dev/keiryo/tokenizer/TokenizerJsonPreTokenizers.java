package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code pre_tokenizer} of a {@code tokenizer.json}. */
final class TokenizerJsonPreTokenizers {
    private TokenizerJsonPreTokenizers() {}

    /** Whether the last step maps to GPT-2's alphabet, so that BPE may take the bytes instead. */
    static boolean endsInByteLevel(@Nullable JsonValue json) throws FormatException {
        if (json == null) {
            return false;
        }
        if (json.string("type").equals("Sequence")) {
            List<JsonValue> steps = json.get("pretokenizers").items();
            return !steps.isEmpty() && endsInByteLevel(steps.getLast());
        }
        return json.string("type").equals("ByteLevel");
    }

    /** @param bytes leaves out the last step's mapping to GPT-2's alphabet */
    static PreTokenizer read(@Nullable JsonValue json, boolean bytes) throws FormatException {
        if (json == null) {
            return PreTokenizer.NONE;
        }
        String type = json.string("type");
        return switch (type) {
            case "Sequence" -> {
                List<PreTokenizer> steps = new ArrayList<>();
                List<JsonValue> items = json.get("pretokenizers").items();
                for (int i = 0; i < items.size(); i++) {
                    steps.add(read(items.get(i), bytes && i == items.size() - 1));
                }
                yield PreTokenizers.sequence(steps);
            }
            case "ByteLevel" -> {
                boolean prefix = json.bool("add_prefix_space", true);
                boolean split = json.bool("use_regex", true);
                yield bytes ? PreTokenizers.byteLevelSplit(prefix, split) : PreTokenizers.byteLevel(prefix, split);
            }
            case "Split" -> {
                SplitBehavior behavior = behavior(json.get("behavior"));
                boolean invert = json.bool("invert", false);
                JsonValue pattern = json.get("pattern");
                JsonValue literal = pattern.find("String");
                yield literal != null
                        ? PreTokenizers.split(literal.string(), behavior, invert)
                        : PreTokenizers.split(TokenizerJsonNormalizers.regex(pattern), behavior, invert);
            }
            case "Metaspace" -> metaspace(json);
            case "BertPreTokenizer" -> PreTokenizers.bert();
            case "Whitespace" -> PreTokenizers.whitespace();
            case "WhitespaceSplit" -> PreTokenizers.whitespaceSplit();
            case "Digits" -> PreTokenizers.digits(json.bool("individual_digits", false));
            case "Punctuation" -> {
                JsonValue behavior = json.find("behavior");
                yield PreTokenizers.punctuation(behavior == null ? SplitBehavior.ISOLATED : behavior(behavior));
            }
            case "CharDelimiterSplit" -> PreTokenizers.charDelimiter(json.character("delimiter", " "));
            case "UnicodeScripts" -> UnicodeScripts.PRE_TOKENIZER;
            case "FixedLength" -> PreTokenizers.fixedLength(Math.max(1, json.integer("length", 5)));
            default -> throw json.wrong("pre-tokenizer \"" + type + "\" is unknown");
        };
    }

    private static PreTokenizer metaspace(JsonValue json) throws FormatException {
        int replacement = json.character("replacement", "▁");
        if (replacement > Character.MAX_VALUE) {
            throw json.get("replacement").wrong("a character of the basic plane was expected");
        }
        PreTokenizers.Prepend prepend = TokenizerJsonDecoders.prefixed(json);
        return PreTokenizers.metaspace((char) replacement, prepend, json.bool("split", true));
    }

    private static SplitBehavior behavior(JsonValue json) throws FormatException {
        return switch (json.string()) {
            case "Removed" -> SplitBehavior.REMOVED;
            case "Isolated" -> SplitBehavior.ISOLATED;
            case "MergedWithPrevious" -> SplitBehavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> SplitBehavior.MERGED_WITH_NEXT;
            case "Contiguous" -> SplitBehavior.CONTIGUOUS;
            default -> throw json.wrong("split behavior \"" + json.string() + "\" is unknown");
        };
    }
}
