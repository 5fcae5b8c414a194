package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.template.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages and tools as plain values in the form that templates and the chat completions interface share:
 * {@code {"role": …, "content": …, "tool_calls": [{"type": "function", "function": {"name": …, "arguments": {…}}}]}}.
 */
public final class ChatJson {
    private ChatJson() {}

    public static Map<String, @Nullable Object> json(Message message) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("role", message.role());
        json.put("content", message.content());
        if (message.reasoning() != null) {
            json.put("reasoning_content", message.reasoning());
        }
        if (!message.toolCalls().isEmpty()) {
            List<Object> calls = new ArrayList<>();
            for (ToolCall call : message.toolCalls()) {
                Map<String, @Nullable Object> function = new LinkedHashMap<>();
                function.put("name", call.name());
                function.put("arguments", call.arguments());
                Map<String, @Nullable Object> entry = new LinkedHashMap<>();
                entry.put("id", call.id());
                entry.put("type", "function");
                entry.put("function", function);
                calls.add(entry);
            }
            json.put("tool_calls", calls);
        }
        if (message.toolCallId() != null) {
            json.put("tool_call_id", message.toolCallId());
        }
        if (message.name() != null) {
            json.put("name", message.name());
        }
        return json;
    }

    /** Writes the arguments of a message's tool calls as JSON text in place of objects. */
    static void writeArguments(Map<String, @Nullable Object> message) {
        if (message.get("tool_calls") instanceof List<?> calls) {
            for (Object call : calls) {
                if (call instanceof Map<?, ?> entry && entry.get("function") instanceof Map<?, ?> function) {
                    @SuppressWarnings("unchecked")
                    Map<String, @Nullable Object> writable = (Map<String, @Nullable Object>) function;
                    writable.put("arguments", JsonText.write(writable.get("arguments")));
                }
            }
        }
    }

    public static Map<String, @Nullable Object> json(Tool tool) {
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", tool.name());
        function.put("description", tool.description());
        function.put("parameters", tool.parameters());
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("type", "function");
        json.put("function", function);
        return json;
    }

    /**
     * A tool from {@code {"type": "function", "function": {"name": …, "description": …, "parameters": {…}}}}, or from the
     * function alone.
     *
     * @param source for messages
     */
    public static Tool tool(String source, Map<String, @Nullable Object> json) throws FormatException {
        Map<String, @Nullable Object> function = json.get("function") instanceof Map<?, ?> inner ? object(inner) : json;
        if (!(function.get("name") instanceof String name) || name.isEmpty()) {
            throw new FormatException(source, "a tool has no \"name\"");
        }
        Object parameters = function.get("parameters");
        if (parameters != null && !(parameters instanceof Map<?, ?>)) {
            throw new FormatException(source, "the \"parameters\" of tool " + name + " should be a JSON Schema");
        }
        return new Tool(
                name,
                function.get("description") instanceof String description ? description : "",
                parameters instanceof Map<?, ?> schema ? object(schema) : Map.of("type", "object"));
    }

    /**
     * A message in the same form; arguments of tool calls may be JSON text, and content parts, of which the text is taken.
     *
     * @param source for messages
     */
    public static Message message(String source, Map<String, @Nullable Object> json) throws FormatException {
        if (!(json.get("role") instanceof String role) || role.isEmpty()) {
            throw new FormatException(source, "a message has no \"role\"");
        }
        List<ToolCall> calls = new ArrayList<>();
        if (json.get("tool_calls") instanceof List<?> list) {
            for (Object each : list) {
                calls.add(call(source, each));
            }
        }
        return new Message(
                role,
                content(source, json.get("content")),
                json.get("reasoning_content") instanceof String reasoning ? reasoning : null,
                calls,
                json.get("tool_call_id") instanceof String id ? id : null,
                json.get("name") instanceof String name ? name : null);
    }

    private static ToolCall call(String source, @Nullable Object json) throws FormatException {
        if (!(json instanceof Map<?, ?> call)
                || !(call.get("function") instanceof Map<?, ?> function)
                || !(function.get("name") instanceof String name)) {
            throw new FormatException(source, "a tool call has no \"function\" with a \"name\"");
        }
        String id = call.get("id") instanceof String given ? given : "";
        return new ToolCall(id, name, CallJson.arguments(function.get("arguments")));
    }

    private static String content(String source, @Nullable Object content) throws FormatException {
        switch (content) {
            case null -> {
                return "";
            }
            case String text -> {
                return text;
            }
            case List<?> parts -> {
                StringBuilder text = new StringBuilder();
                for (Object part : parts) {
                    if (!(part instanceof Map<?, ?> map) || !(map.get("text") instanceof String said)) {
                        throw new FormatException(source, "a part of a message's content is no text");
                    }
                    text.append(said);
                }
                return text.toString();
            }
            default -> throw new FormatException(source, "a message's content should be text");
        }
    }

    /** A map with string keys. */
    static Map<String, @Nullable Object> object(Map<?, ?> map) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        map.forEach((key, value) -> object.put(String.valueOf(key), value));
        return object;
    }
}
