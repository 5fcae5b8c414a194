package dev.keiryo.chat;

import dev.keiryo.FormatException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON between two marks.
 *
 * @param close may be missing at the end of an answer; empty for none
 */
record TaggedCalls(String mark, String close) implements CallSyntax {
    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int begin = CallJson.skipSpace(text, mark.length());
        for (String fence : List.of("```json", "```")) {
            if (text.startsWith(fence, begin)) {
                begin = CallJson.skipSpace(text, begin + fence.length());
                break;
            }
        }
        if (begin >= text.length() || (!end && "```json".startsWith(text.substring(begin)))) {
            return end ? Found.malformed(text.length(), "the answer ends where a tool call should follow") : null;
        }
        boolean json = text.charAt(begin) == '{' || text.charAt(begin) == '[';
        int stop = json ? CallJson.end(text, begin) : -1;
        if (stop >= 0) {
            int behind = closing(text, stop, end);
            if (behind < 0) {
                return null;
            }
            try {
                return Found.calls(behind, CallJson.read(text.substring(begin, stop)));
            } catch (FormatException e) {
                return Found.malformed(behind, String.valueOf(e.getMessage()));
            }
        }
        // no JSON: it may be that only the closing mark tells where it ends
        int closed = close.isEmpty() ? -1 : text.indexOf(close, begin);
        if (closed >= 0 && !json) {
            return Found.malformed(closed + close.length(), "JSON should follow " + mark);
        }
        return end ? Found.malformed(text.length(), "the tool call's JSON is not complete") : null;
    }

    /** Behind the closing mark, or behind {@code stop} where there is none; -1 while it may still come. */
    private int closing(String text, int stop, boolean end) {
        if (close.isEmpty()) {
            return stop;
        }
        int at = CallJson.skipSpace(text, stop);
        if (text.startsWith(close, at)) {
            return at + close.length();
        }
        return !end && close.startsWith(text.substring(at)) ? -1 : stop;
    }
}
