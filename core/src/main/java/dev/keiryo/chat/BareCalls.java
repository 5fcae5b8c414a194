package dev.keiryo.chat;

import dev.keiryo.FormatException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An answer that is the JSON of a call, or of a list of calls, of a tool that there is; other JSON is content. */
record BareCalls() implements CallSyntax {
    private static final String FENCE = "```json";
    private static final Pattern HEAD = Pattern.compile("[\\[\\s]*\\{\\s*\"([^\"]*)(\")?");
    private static final Set<String> KEYS =
            Set.of("name", "tool_name", "function", "type", "id", "parameters", "arguments", "tool_calls", "tool_call");

    @Override
    public String mark() {
        return "";
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        boolean fenced = text.startsWith(FENCE);
        if (!fenced && !end && FENCE.startsWith(text)) {
            return null;
        }
        int begin = fenced ? CallJson.skipSpace(text, FENCE.length()) : 0;
        if (begin >= text.length()) {
            return end ? Found.text() : null;
        }
        if (!mayBeCall(text.substring(begin))) {
            return Found.text();
        }
        int stop = CallJson.end(text, begin);
        if (stop < 0) {
            if (!end) {
                return null;
            }
            return names(text, tools)
                    ? Found.malformed(text.length(), "the tool call's JSON is not complete")
                    : Found.text();
        }
        int behind = fenced ? text.indexOf("```", stop) : stop;
        if (behind < 0 && !end) {
            return null;
        }
        behind = !fenced ? stop : behind < 0 ? text.length() : behind + 3;
        try {
            List<Written> calls = CallJson.read(text.substring(begin, stop));
            boolean known = !calls.isEmpty()
                    && calls.stream()
                            .allMatch(call ->
                                    tools.stream().anyMatch(t -> t.name().equals(call.name())));
            return known ? Found.calls(behind, calls) : Found.text();
        } catch (FormatException e) {
            return names(text.substring(begin, stop), tools)
                    ? Found.malformed(behind, String.valueOf(e.getMessage()))
                    : Found.text();
        }
    }

    /** Whether the beginning is one that a call can have, as far as it goes. */
    private static boolean mayBeCall(String text) {
        Matcher head = HEAD.matcher(text);
        if (head.lookingAt()) {
            String key = String.valueOf(head.group(1));
            return head.group(2) != null ? KEYS.contains(key) : KEYS.stream().anyMatch(known -> known.startsWith(key));
        }
        return text.matches("\\[?\\s*(\\{\\s*)?");
    }

    private static boolean names(String text, List<Tool> tools) {
        return tools.stream().anyMatch(tool -> text.contains("\"" + tool.name() + "\""));
    }
}
