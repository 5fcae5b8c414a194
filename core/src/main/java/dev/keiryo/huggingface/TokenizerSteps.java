package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Finds and checks the steps of a {@code tokenizer.json}'s normalizer and pre-tokenizer, which may be nested. */
final class TokenizerSteps {
    private final Config json;

    TokenizerSteps(Config json) {
        this.json = json;
    }

    /** The first step of that type under {@code key}, or null. */
    @Nullable
    JsonNode find(String key, String type) {
        for (JsonNode step : steps(json.json().path(key))) {
            if (type(step).equals(type)) {
                return step;
            }
        }
        return null;
    }

    boolean has(String key, String type) {
        return find(key, type) != null;
    }

    /** Fails where a normalizer is none of {@code known}: what it does would be lost. */
    void onlyNormalizers(Set<String> known) throws FormatException {
        for (JsonNode step : steps(json.json().path("normalizer"))) {
            String does = type(step);
            if (does.equals("Replace")) {
                JsonNode pattern = step.path("pattern");
                does += "("
                        + pattern.path("String").asString(pattern.path("Regex").asString("")) + ")";
            }
            if (!known.contains(does)) {
                throw json.fault("normalizer", "has the step " + does + ", which GGUF cannot say in this vocabulary");
            }
        }
    }

    private static List<JsonNode> steps(JsonNode step) {
        List<JsonNode> all = new ArrayList<>();
        if (type(step).equals("Sequence")) {
            for (String list : List.of("pretokenizers", "normalizers")) {
                step.path(list).forEach(inner -> all.addAll(steps(inner)));
            }
        } else if (step.isObject()) {
            all.add(step);
        }
        return all;
    }

    private static String type(JsonNode step) {
        return step.path("type").asString("");
    }
}
