package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.chat.CallSyntax.Written;
import dev.keiryo.template.JsonText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tool calls in JSON. */
final class CallJson {
    static final List<String> NAMES = List.of("name", "tool_name", "function");
    private static final List<String> ARGUMENTS = List.of("arguments", "parameters", "args");
    private static final List<String> IDS = List.of("id", "tool_call_id", "call_id");
    static final List<String> WRAPPERS = List.of("tool_calls", "tool_call", "function_call");

    private CallJson() {}

    static int skipSpace(String text, int from) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Where the object, list or string that begins at {@code from} ends, or -1 while it does not. */
    static int end(String text, int from) {
        int depth = 0;
        boolean quoted = false;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c == '\\') {
                    i++; // what is escaped ends nothing
                } else if (c == '"') {
                    quoted = false;
                    if (depth == 0) {
                        return i + 1;
                    }
                }
            } else if (c == '"') {
                quoted = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
                if (depth == 0) {
                    return i + 1;
                }
            }
        }
        return -1;
    }

    /** The calls that {@code json} holds: one, a list, or either under a known name. */
    static List<Written> read(String json) throws FormatException {
        List<Written> calls = new ArrayList<>();
        collect(JsonText.read("the tool call", json), calls);
        return calls;
    }

    private static void collect(@Nullable Object value, List<Written> calls) throws FormatException {
        switch (value) {
            case List<?> list -> {
                for (Object each : list) {
                    collect(each, calls);
                }
            }
            case Map<?, ?> map -> {
                Object wrapped = first(map, WRAPPERS);
                if (wrapped != null) {
                    collect(wrapped, calls);
                } else if (map.get("function") instanceof Map<?, ?> inner) {
                    collect(inner, calls);
                } else {
                    calls.add(one(map));
                }
            }
            case null -> throw noObject();
            default -> throw noObject();
        }
    }

    /** Whether {@code json}, which is no list of calls, names a tool where a call would; or is no JSON, but has a tool's name in it. */
    static boolean names(String json, List<Tool> tools) {
        try {
            return names(JsonText.read("the tool call", json), tools);
        } catch (FormatException e) {
            return tools.stream().anyMatch(tool -> json.contains("\"" + tool.name() + "\""));
        }
    }

    private static boolean names(@Nullable Object value, List<Tool> tools) {
        return switch (value) {
            case List<?> list -> list.stream().anyMatch(each -> names(each, tools));
            case Map<?, ?> map -> {
                boolean inside = WRAPPERS.stream().anyMatch(key -> names(map.get(key), tools))
                        || names(map.get("function"), tools);
                yield inside
                        || NAMES.stream()
                                .anyMatch(key -> tools.stream()
                                        .anyMatch(tool -> tool.name().equals(map.get(key))));
            }
            case null -> false;
            default -> false;
        };
    }

    private static FormatException noObject() {
        return new FormatException("the tool call", "should be an object with a name");
    }

    private static Written one(Map<?, ?> map) throws FormatException {
        if (!(first(map, NAMES) instanceof String name)) {
            throw new FormatException("the tool call", "has no name");
        }
        Object id = first(map, IDS);
        return new Written(id == null ? "" : id.toString(), name, arguments(first(map, ARGUMENTS)));
    }

    private static @Nullable Object first(Map<?, ?> map, List<String> keys) {
        for (String key : keys) {
            Object value = map.get(key);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    /** Arguments as an object, or as its JSON in a string. */
    static Map<String, @Nullable Object> arguments(@Nullable Object value) throws FormatException {
        return switch (value) {
            case null -> Map.of();
            case Map<?, ?> map -> ChatJson.object(map);
            case String text -> text.isBlank() ? Map.of() : JsonText.readObject("the arguments", text);
            default -> throw new FormatException("the arguments", "should be an object");
        };
    }
}
