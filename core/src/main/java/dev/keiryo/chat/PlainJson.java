package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.schema.JsonSchemas;
import dev.keiryo.template.JsonText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** JSON that an answer may begin with where it is no call: nothing in it names a tool where a call would, and no mark is in it. */
final class PlainJson {
    private static final Map<String, String> ANY = Map.of("$ref", "#/$defs/any");
    private static final Map<String, String> PLAIN = Map.of("$ref", "#/$defs/plain");
    private static final Map<String, String> TEXT = Map.of("$ref", "#/$defs/text");

    private PlainJson() {}

    /** @param marks that begin calls elsewhere in the answer */
    static Frame frame(List<Tool> tools, List<String> marks) {
        String pattern = String.join("|", marks.stream().map(PlainJson::quoted).toList());
        Map<String, ?> name =
                Map.of("not", Map.of("enum", tools.stream().map(Tool::name).toList()));
        Map<String, Object> members = new LinkedHashMap<>();
        CallJson.WRAPPERS.forEach(key -> members.put(key, PLAIN));
        CallJson.NAMES.forEach(key -> members.put(key, Map.of("allOf", List.of(ANY, name))));
        members.put("function", Map.of("allOf", List.of(PLAIN, name)));
        Map<String, ?> definitions = Map.of(
                "text",
                Map.of("type", "string", "not", Map.of("pattern", pattern)),
                "any",
                Map.of(
                        "anyOf",
                        List.of(
                                Map.of("type", List.of("null", "boolean", "number")),
                                TEXT,
                                Map.of("type", "array", "items", ANY),
                                Map.of("type", "object", "propertyNames", TEXT, "additionalProperties", ANY))),
                "structure",
                Map.of(
                        "anyOf",
                        List.of(
                                Map.of("type", "array", "items", PLAIN),
                                Map.of(
                                        "type",
                                        "object",
                                        "propertyNames",
                                        TEXT,
                                        "properties",
                                        members,
                                        "additionalProperties",
                                        ANY))),
                "plain",
                Map.of(
                        "anyOf",
                        List.of(
                                Map.of("type", List.of("null", "boolean", "number")),
                                TEXT,
                                Map.of("$ref", "#/$defs/structure"))));
        try {
            return JsonSchemas.compile(
                    "JSON that is no call", JsonText.write(Map.of("$defs", definitions, "$ref", "#/$defs/structure")));
        } catch (FormatException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static String quoted(String mark) {
        return Pattern.compile("[\\\\^$.|?*+()\\[\\]{}/]").matcher(mark).replaceAll("\\\\$0");
    }
}
