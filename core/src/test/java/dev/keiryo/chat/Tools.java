package dev.keiryo.chat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.keiryo.FormatException;
import dev.keiryo.template.JsonText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tools of all kinds, and whether calls of them are valid, as an independent validator says. */
public final class Tools {
    /** For every style. */
    public static final List<Tool> ALL = List.of(
            tool(
                    "get",
                    "{\"type\": \"object\", \"properties\": {\"url\": {\"type\": \"string\", \"pattern\": \"^https?://\", \"maxLength\": 40},"
                            + " \"tags\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"maxItems\": 3}}, \"required\": [\"url\"]}"),
            tool(
                    "get_weather",
                    "{\"type\": \"object\", \"properties\": {\"location\": {\"type\": \"string\"}, \"unit\": {\"type\": \"string\","
                            + " \"enum\": [\"celsius\", \"fahrenheit\"]}, \"days\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 14},"
                            + " \"exact\": {\"type\": [\"boolean\", \"null\"]}}, \"required\": [\"location\", \"days\"]}"),
            tool(
                    "tree",
                    "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"properties\": {\"root\": {\"$ref\": \"#/$defs/node\"}},"
                            + " \"required\": [\"root\"], \"$defs\": {\"node\": {\"type\": \"object\", \"properties\": {\"value\":"
                            + " {\"anyOf\": [{\"type\": \"string\"}, {\"type\": \"number\", \"minimum\": -1000, \"maximum\": 1000}]}, \"children\":"
                            + " {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/node\"}}}, \"required\": [\"value\"],"
                            + " \"additionalProperties\": false}}}"),
            tool("now", "{\"type\": \"object\", \"properties\": {}}"),
            tool(
                    "python",
                    "{\"type\": \"object\", \"properties\": {\"code\": {\"type\": \"string\"}}, \"required\": [\"code\"]}"));

    private static final Map<String, Schema> SCHEMAS = schemas();

    private Tools() {}

    public static Tool tool(String name, String schema) {
        try {
            Map<String, Object> parameters = new LinkedHashMap<>();
            JsonText.readObject(name, schema)
                    .forEach((key, value) -> parameters.put(key, Objects.requireNonNull(value)));
            return new Tool(name, "", parameters);
        } catch (FormatException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Map<String, Schema> schemas() {
        SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        Map<String, Schema> schemas = new HashMap<>();
        for (Tool tool : ALL) {
            String text = JsonText.write(CallGrammar.schema(tool));
            schemas.put(tool.name(), registry.getSchema(JsonMapper.shared().readTree(text)));
        }
        return schemas;
    }

    /** Fails where {@code call} is not a valid call of one of {@link #ALL}. */
    public static void assertValid(ToolCall call, String text) {
        Schema schema = SCHEMAS.get(call.name());
        assertTrue(schema != null, () -> call.name() + " in " + text);
        JsonNode arguments = JsonMapper.shared().valueToTree(call.arguments());
        assertTrue(schema.validate(arguments).isEmpty(), () -> call + " in " + text);
    }

    /** All that a parser finds in {@code parts}, and that none of it is malformed. */
    public static Message parsed(OutputParser parser, List<String> parts) {
        List<ChatEvent> events = new ArrayList<>();
        parts.forEach(part -> events.addAll(parser.feed(part)));
        events.addAll(parser.finish());
        for (ChatEvent event : events) {
            assertTrue(!(event instanceof ChatEvent.Malformed), () -> event + " in " + String.join("", parts));
        }
        return parser.message();
    }
}
