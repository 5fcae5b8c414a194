package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is the JSON of a call, or of a list of calls, of a tool that there is; other JSON is content.
 *
 * @param form of a call, as the model is held to it; any known one is read
 */
record BareCalls(JsonForm form) implements CallSyntax {
    static final String FENCE = "```json";
    private static final Pattern HEAD = Pattern.compile("[\\[\\s]*\\{\\s*\"([^\"]*)(\")?");
    private static final Set<String> KEYS =
            Set.of("name", "tool_name", "function", "type", "id", "parameters", "arguments", "tool_calls", "tool_call");

    @Override
    public String mark() {
        return "";
    }

    /** What an answer begins with that may be one of calls. */
    static Expression head() {
        Expression key = Expression.choice(KEYS.stream().sorted().toList());
        return Expression.sequence(
                Programs.SPACE,
                CallGrammar.optional(Expression.sequence(Expression.literal(FENCE), Programs.SPACE)),
                CallGrammar.expression("[\\[ \t\n\\x0B\f\r]*\\{[ \t\n\\x0B\f\r]*\""),
                key,
                Expression.literal("\""));
    }

    /** Calls up to the end of the answer: a list, or one and, as Llama does it, others behind semicolons. */
    @Override
    public Frame language(CallGrammar grammar) {
        Expression semicolon = Expression.sequence(CallGrammar.space(), Expression.literal(";"), CallGrammar.space());
        Frame calls =
                Frame.choice(List.of(grammar.list(form), grammar.calls(grammar.object(form), semicolon.compile())));
        return Frame.sequence(fenced(calls), CallGrammar.space().compile());
    }

    /** {@code json}, and {@code json} between fences. */
    private static Frame fenced(Frame json) {
        Frame fenced = Frame.sequence(
                CallGrammar.text(FENCE),
                CallGrammar.behindSpace(json),
                CallGrammar.behindSpace(CallGrammar.text("```")));
        return CallGrammar.behindSpace(Frame.choice(List.of(json, fenced)));
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
            return CallJson.names(text.substring(begin, stop), tools)
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
