package dev.keiryo.chat;

import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code [TOOL_CALLS]} and a list of calls; in later versions a name, maybe an id, and arguments, for each call anew. */
record MistralCalls() implements CallSyntax {
    private static final String ARGUMENTS = "[ARGS]";
    private static final String ID = "[CALL_ID]";

    @Override
    public String mark() {
        return "[TOOL_CALLS]";
    }

    @Override
    public Frame language(CallGrammar grammar) {
        Expression mark = Expression.mark(ARGUMENTS);
        Expression id = Expression.sequence(Expression.mark(ID), CallGrammar.expression("[a-zA-Z0-9]{9}"), mark);
        Expression behind = new Expression.Choice(List.of(id, CallGrammar.optional(mark)));
        Frame named = grammar.anyTool(tool ->
                Frame.sequence(CallGrammar.text(grammar.bareName(tool)), behind.compile(), grammar.arguments(tool)));
        return CallGrammar.behindSpace(Frame.choice(List.of(grammar.list(JsonForm.MISTRAL), named)));
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int begin = CallJson.skipSpace(text, mark().length());
        if (begin >= text.length()) {
            return end ? Found.malformed(text.length(), "the answer ends where a tool call should follow") : null;
        }
        char first = text.charAt(begin);
        if (first == '[' || first == '{') {
            return TaggedCalls.find(mark(), "", text, end);
        }
        int nameEnd = begin;
        while (nameEnd < text.length() && text.charAt(nameEnd) != '[' && text.charAt(nameEnd) != '{') {
            nameEnd++;
        }
        String name = text.substring(begin, nameEnd).strip();
        String id = "";
        int at = nameEnd;
        if (text.startsWith(ID, at)) {
            int idEnd = text.indexOf('[', at + ID.length());
            id = text.substring(at + ID.length(), idEnd < 0 ? text.length() : idEnd)
                    .strip();
            at = idEnd < 0 ? text.length() : idEnd;
        }
        if (text.startsWith(ARGUMENTS, at)) {
            at = CallJson.skipSpace(text, at + ARGUMENTS.length());
        } else if (at < text.length() && text.charAt(at) != '{') {
            String rest = text.substring(at);
            boolean more = ARGUMENTS.startsWith(rest) || ID.startsWith(rest);
            if (!more || end) {
                return Found.malformed(at + 1, "[ARGS] should follow the name of a tool");
            }
            return null;
        }
        Found found = NamedCalls.arguments(name, text, at, "", end);
        if (found == null || found.calls().isEmpty() || id.isEmpty()) {
            return found;
        }
        return Found.calls(
                found.length(),
                List.of(new Written(id, name, found.calls().getFirst().arguments())));
    }
}
