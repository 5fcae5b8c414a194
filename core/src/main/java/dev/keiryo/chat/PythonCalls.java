package dev.keiryo.chat;

import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Calls as Python writes them, in a list between two marks. */
record PythonCalls(String mark, String close) implements CallSyntax {
    @Override
    public Frame language(CallGrammar grammar) {
        Expression comma = Expression.sequence(CallGrammar.space(), Expression.literal(","), CallGrammar.space());
        Frame calls = grammar.calls(grammar.anyTool(tool -> call(grammar, tool)), comma.compile());
        return Frame.sequence(
                CallGrammar.behindSpace(CallGrammar.text("[")),
                CallGrammar.behindSpace(calls),
                CallGrammar.behindSpace(CallGrammar.text("]")),
                CallGrammar.behindSpace(CallGrammar.mark(close)));
    }

    private static Frame call(CallGrammar grammar, Tool tool) {
        Parameters parameters = new Parameters(grammar, tool, CallGrammar.OPTIONS.withPython(true));
        Frame members = parameters.frame(
                (name, value, first) -> Frame.sequence(
                        CallGrammar.text(first ? name + "=" : ","),
                        first ? Frame.END : CallGrammar.behindSpace(CallGrammar.text(name + "=")),
                        value),
                (name, schema) -> parameters.json(name),
                CallGrammar.text(")"));
        return Frame.sequence(CallGrammar.text(grammar.bareName(tool) + "("), CallGrammar.behindSpace(members));
    }

    /** Where the closing mark is that stands in no string, or -1 while there is none. */
    private int closing(String text) {
        char quote = 0;
        for (int i = mark.length(); i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote != 0) {
                if (c == '\\') {
                    i++; // what is escaped ends nothing
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (text.startsWith(close, i)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int closed = closing(text);
        if (closed < 0 && !end) {
            return null;
        }
        closed = closed < 0 ? text.indexOf(close, mark.length()) : closed;
        int behind = closed < 0 ? text.length() : closed + close.length();
        List<Written> calls = PythonText.calls(text.substring(mark.length(), closed < 0 ? text.length() : closed)
                .strip());
        return calls == null
                ? Found.malformed(behind, "calls such as [name(key=value)] should follow " + mark)
                : Found.calls(behind, calls);
    }
}
