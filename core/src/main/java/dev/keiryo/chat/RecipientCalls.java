package dev.keiryo.chat;

import dev.keiryo.grammar.Expression;
import dev.keiryo.grammar.Frame;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** functionary 3.2: each part of an answer begins with {@code >>>} and who it is for. */
record RecipientCalls() implements CallSyntax {
    private static final String ALL = "all";
    private static final List<String> CODE = List.of("python", "code_interpreter");

    @Override
    public String mark() {
        return ">>>";
    }

    @Override
    public Frame language(CallGrammar grammar) {
        return grammar.anyTool(tool -> {
            if (tool.name().equals(ALL)) {
                throw new IllegalArgumentException("a tool cannot have the name all in calls of the style "
                        + grammar.style() + ", where it stands for everybody; rename it");
            }
            return Frame.sequence(CallGrammar.text(grammar.bareName(tool) + "\n"), grammar.arguments(tool));
        });
    }

    /** The line before a program, which goes on up to the next mark; null where there is no tool to run it. */
    static @Nullable Frame beforeProgram(CallGrammar grammar) {
        List<Expression> lines = grammar.tools().stream()
                .filter(tool -> CODE.contains(tool.name()) && Programs.takesAny(tool))
                .map(tool -> Expression.literal(tool.name() + "\n"))
                .toList();
        return lines.isEmpty() ? null : new Expression.Choice(lines).compile();
    }

    /** The line before what is said. */
    static Frame beforeContent() {
        return CallGrammar.text(ALL + "\n");
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int line = text.indexOf('\n');
        if (line < 0) {
            return end ? Found.malformed(text.length(), "the recipient's line is not complete") : null;
        }
        String name = text.substring(mark().length(), line).strip();
        if (name.equals(ALL)) {
            return Found.calls(line + 1, List.of());
        }
        int begin = CallJson.skipSpace(text, line + 1);
        if (begin < text.length() && text.charAt(begin) == '{') {
            return NamedCalls.arguments(name, text, begin, "", end);
        }
        int next = text.indexOf(mark(), line + 1);
        if (next < 0 && !end) {
            return null;
        }
        int stop = next < 0 ? text.length() : next;
        return CODE.contains(name)
                ? Found.calls(
                        stop,
                        List.of(new Written(
                                "",
                                name,
                                Map.of("code", text.substring(line + 1, stop).strip()))))
                : Found.malformed(stop, "the arguments of " + name + " should be JSON");
    }
}
