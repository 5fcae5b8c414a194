package dev.keiryo.chat;

import dev.keiryo.template.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a model must keep to once it has begun a tool call: behind a trigger comes JSON of a schema, then {@code close}.
 *
 * @param trigger text that begins a call; until it has appeared, the model writes what it likes
 * @param schema JSON Schema of what follows, as text
 * @param close text that ends the call
 */
public record ToolConstraint(String trigger, String schema, String close) {
    /** Null where there are no tools, or where calls are not one JSON value behind a mark. */
    static @Nullable ToolConstraint of(ToolStyle style, List<Tool> tools) {
        if (tools.isEmpty()) {
            return null;
        }
        return switch (style) {
            case HERMES -> new ToolConstraint("<tool_call>", schema(tools, "arguments", false), "</tool_call>");
            case MISTRAL -> new ToolConstraint("[TOOL_CALLS]", schema(tools, "arguments", true), "");
            case GRANITE -> new ToolConstraint("<|tool_call|>", schema(tools, "arguments", true), "");
            case LLAMA3 -> new ToolConstraint("<|python_tag|>", schema(tools, "parameters", false), "");
            default -> null;
        };
    }

    private static String schema(List<Tool> tools, String arguments, boolean list) {
        List<Object> calls = new ArrayList<>();
        for (Tool tool : tools) {
            Map<String, @Nullable Object> properties = new LinkedHashMap<>();
            properties.put("name", Map.of("const", tool.name()));
            properties.put(arguments, tool.parameters());
            Map<String, @Nullable Object> call = new LinkedHashMap<>();
            call.put("type", "object");
            call.put("properties", properties);
            call.put("required", List.of("name", arguments));
            call.put("additionalProperties", false);
            calls.add(call);
        }
        Object one = calls.size() == 1 ? calls.getFirst() : Map.of("anyOf", calls);
        if (!list) {
            return JsonText.write(one);
        }
        Map<String, @Nullable Object> several = new LinkedHashMap<>();
        several.put("type", "array");
        several.put("items", one);
        several.put("minItems", 1);
        return JsonText.write(several);
    }
}
