package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.template.JsonText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Arguments in elements of their own; a tool's schema says which are strings, all others are JSON. */
record ElementCalls(String mark) implements CallSyntax {
    private static final String FUNCTION = "<function=";
    private static final String PARAMETER = "<parameter=";

    private String close() {
        return mark.equals(FUNCTION) ? "</function>" : "</tool_call>";
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int begin = CallJson.skipSpace(text, mark.length());
        if (begin < text.length() && text.charAt(begin) == '{') {
            return new TaggedCalls(mark, close()).find(text, end, tools);
        }
        int closed = text.indexOf(close(), mark.length());
        if (closed < 0 && !end) {
            return null;
        }
        int behind = closed < 0 ? text.length() : closed + close().length();
        String inner = text.substring(mark.equals(FUNCTION) ? 0 : mark.length(), closed < 0 ? text.length() : closed);
        if (closed < 0 && !inner.strip().endsWith("</function>")) {
            return Found.malformed(behind, "the tool call is not complete");
        }
        int function = inner.indexOf(FUNCTION);
        Written call = function >= 0 ? parameters(inner, function, tools) : pairs(inner, tools);
        return call == null
                ? Found.malformed(behind, "the name of a tool should follow " + mark)
                : Found.calls(behind, List.of(call));
    }

    /** {@code <function=NAME><parameter=KEY>VALUE</parameter>…</function>} */
    private static @Nullable Written parameters(String text, int function, List<Tool> tools) {
        int nameEnd = text.indexOf('>', function);
        if (nameEnd < 0) {
            return null;
        }
        String name = text.substring(function + FUNCTION.length(), nameEnd).strip();
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        for (int at = text.indexOf(PARAMETER, nameEnd); at >= 0; ) {
            int keyEnd = text.indexOf('>', at);
            if (keyEnd < 0) {
                return null;
            }
            String key = text.substring(at + PARAMETER.length(), keyEnd).strip();
            int next = text.indexOf(PARAMETER, keyEnd);
            int stop = text.indexOf("</parameter>", keyEnd);
            if (stop < 0 || (next >= 0 && next < stop)) {
                int last = text.indexOf("</function>", keyEnd);
                stop = next >= 0 ? next : last >= 0 ? last : text.length();
            }
            arguments.put(key, value(text.substring(keyEnd + 1, stop), name, key, tools));
            at = text.indexOf(PARAMETER, stop);
        }
        return new Written("", name, arguments);
    }

    /** {@code NAME<arg_key>KEY</arg_key><arg_value>VALUE</arg_value>…} */
    private static @Nullable Written pairs(String text, List<Tool> tools) {
        int first = text.indexOf("<arg_key>");
        String name = (first < 0 ? text : text.substring(0, first)).strip();
        if (name.isEmpty() || name.indexOf('\n') >= 0 || name.indexOf('<') >= 0) {
            return null;
        }
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        for (int at = first; at >= 0; ) {
            int keyEnd = text.indexOf("</arg_key>", at);
            int begin = keyEnd < 0 ? -1 : text.indexOf("<arg_value>", keyEnd);
            int stop = begin < 0 ? -1 : text.indexOf("</arg_value>", begin);
            if (stop < 0) {
                return null;
            }
            String key = text.substring(at + "<arg_key>".length(), keyEnd).strip();
            arguments.put(key, value(text.substring(begin + "<arg_value>".length(), stop), name, key, tools));
            at = text.indexOf("<arg_key>", stop);
        }
        return new Written("", name, arguments);
    }

    private static @Nullable Object value(String written, String name, String key, List<Tool> tools) {
        String text = written.startsWith("\n") ? written.substring(1) : written;
        text = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        if (isString(name, key, tools)) {
            return text;
        }
        try {
            return JsonText.read("the argument", text);
        } catch (FormatException e) {
            return switch (text.strip()) {
                case "True" -> true;
                case "False" -> false;
                case "None" -> null;
                default -> text;
            };
        }
    }

    private static boolean isString(String name, String key, List<Tool> tools) {
        for (Tool tool : tools) {
            if (tool.name().equals(name)
                    && tool.parameters().get("properties") instanceof Map<?, ?> properties
                    && properties.get(key) instanceof Map<?, ?> schema) {
                return "string".equals(schema.get("type"));
            }
        }
        return false;
    }
}
