package dev.keiryo.chat;

import dev.keiryo.grammar.Frame;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code <|python_tag|>}: JSON of a call, a built-in tool's {@code NAME.call(KEY=VALUE)}, or a program. */
record PythonTagCalls() implements CallSyntax {
    private static final List<String> CODE = List.of("python", "ipython", "code_interpreter");

    @Override
    public String mark() {
        return "<|python_tag|>";
    }

    @Override
    public Frame language(CallGrammar grammar) {
        return CallGrammar.behindSpace(grammar.object(JsonForm.LLAMA3));
    }

    @Override
    public @Nullable Frame last(CallGrammar grammar) {
        for (Tool tool : grammar.several() ? grammar.tools() : List.<Tool>of()) {
            if (CODE.contains(tool.name())) { // of several, the first runs programs
                return Programs.takesAny(tool) ? Programs.toTheEnd() : null;
            }
        }
        return null;
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int begin = CallJson.skipSpace(text, mark().length());
        if (begin < text.length() && text.charAt(begin) == '{') {
            return TaggedCalls.find(mark(), "", text, end);
        }
        if (!end) {
            return null;
        }
        String program = text.substring(begin).strip();
        List<Written> calls = PythonText.calls(program);
        if (calls != null && calls.size() == 1 && calls.getFirst().name().endsWith(".call")) {
            Written call = calls.getFirst();
            String name = call.name().substring(0, call.name().length() - ".call".length());
            return Found.calls(text.length(), List.of(new Written("", name, call.arguments())));
        }
        for (Tool tool : tools) {
            if (CODE.contains(tool.name())) {
                return Found.calls(text.length(), List.of(new Written("", tool.name(), Map.of("code", program))));
            }
        }
        return Found.malformed(text.length(), "a program, but there is no tool python to run it");
    }
}
