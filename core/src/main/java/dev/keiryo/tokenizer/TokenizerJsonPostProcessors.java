package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code post_processor} of a {@code tokenizer.json}, as far as it concerns single texts. */
final class TokenizerJsonPostProcessors {
    private TokenizerJsonPostProcessors() {}

    static PostProcessor read(@Nullable JsonValue json) throws FormatException {
        if (json == null) {
            return PostProcessor.NONE;
        }
        String type = json.string("type");
        return switch (type) {
            case "Sequence" -> {
                PostProcessor all = PostProcessor.NONE;
                for (JsonValue item : json.get("processors").items()) {
                    all = all.then(read(item));
                }
                yield all;
            }
            case "TemplateProcessing" -> template(json);
            case "BertProcessing", "RobertaProcessing" ->
                new PostProcessor(new int[] {pairedId(json.get("cls"))}, new int[] {pairedId(json.get("sep"))});
            case "ByteLevel" -> PostProcessor.NONE;
            default -> throw json.wrong("post-processor \"" + type + "\" is unknown");
        };
    }

    /** {@code ["[CLS]", 101]}. */
    private static int pairedId(JsonValue json) throws FormatException {
        List<JsonValue> pair = json.items();
        if (pair.size() != 2) {
            throw json.wrong("[token, id] was expected");
        }
        return pair.get(1).integer();
    }

    private static PostProcessor template(JsonValue json) throws FormatException {
        IntSequence before = new IntSequence();
        IntSequence after = new IntSequence();
        boolean seen = false;
        for (JsonValue item : json.get("single").items()) {
            JsonValue special = item.find("SpecialToken");
            if (special != null) {
                JsonValue token = json.get("special_tokens").get(special.string("id"));
                for (JsonValue id : token.get("ids").items()) {
                    (seen ? after : before).add(id.integer());
                }
            } else if (seen || !item.get("Sequence").string("id", "A").equals("A")) {
                throw item.wrong("a single text's template should hold the sequence A once");
            } else {
                seen = true;
            }
        }
        if (!seen) {
            throw json.get("single").wrong("a single text's template should hold the sequence A once");
        }
        return new PostProcessor(before.toArray(), after.toArray());
    }
}
