package dev.keiryo.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Calls as Python writes them, in a list between two marks. */
record PythonCalls(String mark, String close) implements CallSyntax {
    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int closed = text.indexOf(close, mark.length());
        if (closed < 0 && !end) {
            return null;
        }
        int behind = closed < 0 ? text.length() : closed + close.length();
        List<Written> calls = PythonText.calls(text.substring(mark.length(), closed < 0 ? text.length() : closed)
                .strip());
        return calls == null
                ? Found.malformed(behind, "calls such as [name(key=value)] should follow " + mark)
                : Found.calls(behind, calls);
    }
}
