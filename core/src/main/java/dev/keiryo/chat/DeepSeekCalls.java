package dev.keiryo.chat;

import dev.keiryo.grammar.Frame;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** R1 and V3: {@code function}, a separator, the name, fenced JSON. V3.1: the name, a separator, JSON. */
record DeepSeekCalls() implements CallSyntax {
    private static final String SEPARATOR = "<｜tool▁sep｜>";
    private static final String CLOSE = "<｜tool▁call▁end｜>";
    private static final String FUNCTION = "function";
    private static final String FENCE = "```json";

    @Override
    public String mark() {
        return "<｜tool▁call▁begin｜>";
    }

    @Override
    public Frame language(CallGrammar grammar) {
        Frame separator = CallGrammar.mark(SEPARATOR);
        Frame close = CallGrammar.mark(CLOSE);
        Frame first = Frame.sequence(
                CallGrammar.text(FUNCTION),
                separator,
                grammar.anyTool(tool -> Frame.sequence(
                        CallGrammar.text(grammar.bareName(tool) + "\n" + FENCE), grammar.arguments(tool))),
                CallGrammar.text("```"),
                CallGrammar.behindSpace(close));
        Frame later = Frame.sequence(
                grammar.anyTool(tool -> {
                    if (tool.name().equals(FUNCTION)) {
                        throw new IllegalArgumentException("a tool cannot have the name function in calls of the style "
                                + grammar.style() + ", where it stands before names; rename it");
                    }
                    return Frame.sequence(CallGrammar.text(grammar.bareName(tool)), separator, grammar.arguments(tool));
                }),
                close);
        return Frame.choice(List.of(first, later));
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int separator = text.indexOf(SEPARATOR, mark().length());
        if (separator < 0) {
            return end ? Found.malformed(text.length(), "the tool call's name is not complete") : null;
        }
        String first = text.substring(mark().length(), separator).strip();
        int behind = separator + SEPARATOR.length();
        if (!first.equals(FUNCTION)) {
            return NamedCalls.arguments(first, text, CallJson.skipSpace(text, behind), CLOSE, end);
        }
        int fence = text.indexOf(FENCE, behind);
        if (fence < 0) {
            int closed = text.indexOf(CLOSE, behind);
            if (closed < 0 && !end) {
                return null;
            }
            return Found.malformed(
                    closed < 0 ? text.length() : closed + CLOSE.length(), "the arguments should be fenced JSON");
        }
        String name = text.substring(behind, fence).strip();
        int begin = CallJson.skipSpace(text, fence + FENCE.length());
        Found found = NamedCalls.arguments(name, text, begin, "```", end);
        if (found == null) {
            return null;
        }
        int at = CallJson.skipSpace(text, found.length());
        if (text.startsWith(CLOSE, at)) {
            return new Found(at + CLOSE.length(), found.calls(), found.problem());
        }
        return !end && CLOSE.startsWith(text.substring(at)) ? null : found;
    }
}
