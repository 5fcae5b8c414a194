package dev.keiryo.cli;

import dev.keiryo.TestData;
import java.io.IOException;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Shared models, as commands take them, and what is known of them. */
final class Models {
    private Models() {}

    /** A llama2.c file. */
    static String stories260K() {
        return TestData.path("models/stories260K/stories260K.bin").toString();
    }

    /** A Hugging Face folder. */
    static String tinyStories() {
        return TestData.path("models/TinyStories-656K").toString();
    }

    /** What llama.cpp makes of it. */
    static JsonNode tinyStoriesGolden() throws IOException {
        return JsonMapper.shared().readTree(TestData.path("golden/trained/TinyStories-656K.json"));
    }

    /** What the golden architectures' index says of one. */
    static JsonNode architecture(String name) {
        return JsonMapper.shared()
                .readTree(TestData.path("golden/architectures/index.json"))
                .valueStream()
                .filter(m -> m.get("model").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static String ids(JsonNode list, String separator) {
        return list.valueStream().map(JsonNode::asString).collect(Collectors.joining(separator));
    }
}
