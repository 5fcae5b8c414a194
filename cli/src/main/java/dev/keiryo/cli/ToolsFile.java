package dev.keiryo.cli;

import dev.keiryo.FormatException;
import dev.keiryo.chat.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tool definitions as the OpenAI API takes them: {@code [{"type": "function", "function": {"name": …, "parameters": …}}]}. */
final class ToolsFile {
    private static final long LARGEST = 16 << 20;

    private ToolsFile() {}

    /** @throws FormatException where the file holds no such list */
    static List<Tool> read(Path path) throws IOException {
        String source = path.toString();
        if (Files.size(path) > LARGEST) {
            throw new FormatException(source, Files.size(path) + " bytes are too many for tools");
        }
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(Files.readAllBytes(path));
        } catch (JacksonException e) {
            throw new FormatException(source, "malformed JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.isArray()) {
            throw new FormatException(source, "expected an array of tools");
        }
        List<Tool> tools = new ArrayList<>();
        for (int i = 0; i < root.size(); i++) {
            JsonNode function = root.get(i).path("function");
            JsonNode parameters = function.path("parameters");
            if (!function.path("name").isString()
                    || function.path("name").asString().isEmpty()) {
                throw new FormatException(source, "[" + i + "].function.name should be a string");
            }
            if (!parameters.isObject() && !parameters.isMissingNode()) {
                throw new FormatException(source, "[" + i + "].function.parameters should be a JSON Schema");
            }
            Map<String, Object> schema = parameters.isMissingNode()
                    ? Map.<String, Object>of("type", "object", "properties", Map.of())
                    : JsonMapper.shared().convertValue(parameters, new TypeReference<Map<String, Object>>() {});
            tools.add(new Tool(
                    function.path("name").asString(),
                    function.path("description").asString(""),
                    schema));
        }
        return tools;
    }
}
