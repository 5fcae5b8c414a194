package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Frame;
import dev.keiryo.template.JsonText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Arguments in elements of their own; a tool's schema says which are strings, all others are JSON.
 *
 * @param pairs whether the model is to write {@code <arg_key>} and {@code <arg_value>}; both ways are read
 */
record ElementCalls(String mark, boolean pairs) implements CallSyntax {
    private static final String FUNCTION = "<function=";
    private static final String PARAMETER = "<parameter=";
    private static final String KEY = "<arg_key>";
    private static final String KEY_CLOSE = "</arg_key>";
    private static final String VALUE = "<arg_value>";
    private static final String VALUE_CLOSE = "</arg_value>";
    private static final String TOOL_CLOSE = "</tool_call>";

    private String close() {
        return mark.equals(FUNCTION) ? "</function>" : TOOL_CLOSE;
    }

    @Override
    public Frame language(CallGrammar grammar) {
        boolean outer = !mark.equals(FUNCTION);
        Frame call = grammar.anyTool(tool -> pairs ? pairs(grammar, tool) : parameters(grammar, tool));
        if (pairs || !outer) {
            return pairs ? CallGrammar.behindSpace(call) : call;
        }
        return Frame.sequence(
                CallGrammar.behindSpace(CallGrammar.text(FUNCTION)),
                call,
                CallGrammar.behindSpace(CallGrammar.mark(TOOL_CLOSE)));
    }

    private static Frame parameters(CallGrammar grammar, Tool tool) {
        List<String> never = List.of("</parameter>", PARAMETER, "</function>", TOOL_CLOSE);
        return parameters(
                grammar,
                tool,
                never,
                CallGrammar.text(grammar.bareName(tool) + ">"),
                (name, value, first) -> Frame.sequence(
                        CallGrammar.text(PARAMETER + name + ">\n"),
                        value,
                        CallGrammar.text("\n</parameter>"),
                        CallGrammar.space().compile()),
                CallGrammar.text("</function>"));
    }

    private static Frame pairs(CallGrammar grammar, Tool tool) {
        // a line end at either end of a value is not part of it
        List<String> never = List.of(VALUE_CLOSE, TOOL_CLOSE, "^\\n", "\\n$");
        Frame space = CallGrammar.space().compile();
        return parameters(
                grammar,
                tool,
                never,
                CallGrammar.text(grammar.bareName(tool)),
                (name, value, first) -> Frame.sequence(
                        CallGrammar.mark(KEY),
                        CallGrammar.text(name),
                        CallGrammar.mark(KEY_CLOSE),
                        space,
                        CallGrammar.mark(VALUE),
                        value,
                        CallGrammar.mark(VALUE_CLOSE),
                        space),
                CallGrammar.mark(TOOL_CLOSE));
    }

    private static Frame parameters(
            CallGrammar grammar, Tool tool, List<String> never, Frame name, Parameters.Writer writer, Frame close) {
        Parameters parameters = new Parameters(grammar, tool, CallGrammar.OPTIONS);
        Frame members = parameters.frame(
                writer, (key, schema) -> isString(schema) ? parameters.text(key, never) : parameters.json(key), close);
        return Frame.sequence(name, CallGrammar.space().compile(), members);
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int begin = CallJson.skipSpace(text, mark.length());
        if (begin < text.length() && text.charAt(begin) == '{') {
            return TaggedCalls.find(mark, close(), text, end);
        }
        int closed = closing(text, tools);
        if (closed < 0 && !end) {
            return null;
        }
        closed = closed < 0 ? text.indexOf(close(), mark.length()) : closed;
        int behind = closed < 0 ? text.length() : closed + close().length();
        String inner = text.substring(mark.equals(FUNCTION) ? 0 : mark.length(), closed < 0 ? text.length() : closed);
        if (closed < 0 && !inner.strip().endsWith("</function>")) {
            return Found.malformed(behind, "the tool call is not complete");
        }
        int function = function(inner);
        Written call = function >= 0 ? parameters(inner, function, tools) : pairs(inner, tools);
        return call == null
                ? Found.malformed(behind, "the name of a tool should follow " + mark)
                : Found.calls(behind, List.of(call));
    }

    /** Where the closing mark is that stands in no argument's JSON, or -1 while there is none. */
    private int closing(String text, List<Tool> tools) {
        int function = function(text);
        String name = function >= 0 ? functionName(text, function) : pairsName(text.substring(mark.length()));
        int at = function >= 0 ? function + FUNCTION.length() : mark.length();
        while (true) {
            int closed = text.indexOf(close(), at);
            int value = text.indexOf(function >= 0 ? PARAMETER : KEY, at);
            if (value < 0 || (closed >= 0 && closed < value)) {
                return closed;
            }
            int keyEnd = text.indexOf(function >= 0 ? ">" : VALUE, value + (function >= 0 ? 0 : KEY.length()));
            if (keyEnd < 0) {
                return closed;
            }
            String key = function >= 0
                    ? text.substring(value + PARAMETER.length(), keyEnd).strip()
                    : pairsKey(text.substring(value + KEY.length(), keyEnd));
            int begin = keyEnd + (function >= 0 ? 1 : VALUE.length());
            at = valueEnd(text, begin, name, key, tools);
            if (at < 0) {
                return -1;
            }
            if (function < 0) { // what is no JSON may have keys' marks in it
                int end = text.indexOf(VALUE_CLOSE, at);
                int close = text.indexOf(close(), at);
                if (end < 0 || (close >= 0 && close < end)) {
                    return close;
                }
                at = end;
            }
        }
    }

    /** Where {@code <function=} begins, unless the call is written in pairs. */
    private static int function(String text) {
        int function = text.indexOf(FUNCTION);
        int pair = text.indexOf(KEY);
        return pair >= 0 && pair < function ? -1 : function;
    }

    private static String functionName(String text, int function) {
        int end = text.indexOf('>', function);
        return end < 0 ? "" : text.substring(function + FUNCTION.length(), end).strip();
    }

    private static String pairsName(String text) {
        int first = text.indexOf(KEY);
        return (first < 0 ? text : text.substring(0, first)).strip();
    }

    /** {@code written} goes on behind the key. */
    private static String pairsKey(String written) {
        int close = written.indexOf(KEY_CLOSE);
        return (close < 0 ? written : written.substring(0, close)).strip();
    }

    /** Where what closes the value that begins at {@code begin} is to be looked for: behind its JSON; -1 where that does not end. */
    private static int valueEnd(String text, int begin, String name, String key, List<Tool> tools) {
        int at = CallJson.skipSpace(text, begin);
        boolean json = at < text.length() && "{[\"".indexOf(text.charAt(at)) >= 0 && !isString(name, key, tools);
        return json ? CallJson.end(text, at) : begin;
    }

    /** {@code <function=NAME><parameter=KEY>VALUE</parameter>…</function>} */
    private static @Nullable Written parameters(String text, int function, List<Tool> tools) {
        int nameEnd = text.indexOf('>', function);
        if (nameEnd < 0) {
            return null;
        }
        String name = functionName(text, function);
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        for (int at = text.indexOf(PARAMETER, nameEnd); at >= 0; ) {
            int keyEnd = text.indexOf('>', at);
            if (keyEnd < 0) {
                return null;
            }
            String key = text.substring(at + PARAMETER.length(), keyEnd).strip();
            int from = Math.max(keyEnd, valueEnd(text, keyEnd + 1, name, key, tools));
            int next = text.indexOf(PARAMETER, from);
            int stop = text.indexOf("</parameter>", from);
            if (stop < 0 || (next >= 0 && next < stop)) {
                int last = text.indexOf("</function>", from);
                stop = next >= 0 ? next : last >= 0 ? last : text.length();
            }
            arguments.put(key, value(text.substring(keyEnd + 1, stop), name, key, tools));
            at = text.indexOf(PARAMETER, stop);
        }
        return new Written("", name, arguments);
    }

    /** {@code NAME<arg_key>KEY</arg_key><arg_value>VALUE</arg_value>…} */
    private static @Nullable Written pairs(String text, List<Tool> tools) {
        int first = text.indexOf(KEY);
        String name = pairsName(text);
        if (name.isEmpty() || name.indexOf('\n') >= 0 || name.indexOf('<') >= 0) {
            return null;
        }
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        for (int at = first; at >= 0; ) {
            int keyEnd = text.indexOf(KEY_CLOSE, at);
            int begin = keyEnd < 0 ? -1 : text.indexOf(VALUE, keyEnd);
            if (begin < 0) {
                return null;
            }
            String key = text.substring(at + KEY.length(), keyEnd).strip();
            begin += VALUE.length();
            int stop = text.indexOf(VALUE_CLOSE, Math.max(begin, valueEnd(text, begin, name, key, tools)));
            if (stop < 0) {
                return null;
            }
            arguments.put(key, value(text.substring(begin, stop), name, key, tools));
            at = text.indexOf(KEY, stop);
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
            if (tool.name().equals(name) && tool.parameters().get("properties") instanceof Map<?, ?> properties) {
                return isString(properties.get(key));
            }
        }
        return false;
    }

    private static boolean isString(@Nullable Object schema) {
        return schema instanceof Map<?, ?> map && "string".equals(map.get("type"));
    }
}
