package dev.keiryo.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** functionary 3.2: each part of an answer begins with {@code >>>} and who it is for. */
record RecipientCalls() implements CallSyntax {
    private static final List<String> CODE = List.of("python", "code_interpreter");

    @Override
    public String mark() {
        return ">>>";
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int line = text.indexOf('\n');
        if (line < 0) {
            return end ? Found.malformed(text.length(), "the recipient's line is not complete") : null;
        }
        String name = text.substring(mark().length(), line).strip();
        if (name.equals("all")) {
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
