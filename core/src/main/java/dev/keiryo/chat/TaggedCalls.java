package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Frame;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON between two marks.
 *
 * @param close may be missing at the end of an answer; empty for none
 * @param form of a call, as the model is held to it; any known one is read
 * @param list whether the model is held to a list of calls
 */
record TaggedCalls(String mark, String close, JsonForm form, boolean list) implements CallSyntax {
    private static final String FENCE = "```";

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        Found found = find(mark, close, text, end);
        return found == null ? null : new Found(found.length(), called(found.calls(), tools), found.problem());
    }

    /** Without what says that no tool is called, unless there is a tool of that name. */
    private List<Written> called(List<Written> written, List<Tool> tools) {
        return written.stream()
                .filter(call -> !form.none().contains(call.name())
                        || tools.stream().anyMatch(tool -> tool.name().equals(call.name())))
                .toList();
    }

    @Override
    public Frame language(CallGrammar grammar) {
        Frame json = list ? grammar.list(form) : grammar.object(form);
        Frame fence = close.equals(FENCE) ? CallGrammar.behindSpace(CallGrammar.text("```json")) : Frame.END;
        Frame behind = close.isEmpty() ? Frame.END : CallGrammar.behindSpace(CallGrammar.mark(close));
        return Frame.sequence(fence, CallGrammar.behindSpace(json), behind);
    }

    /** What JSON behind {@code mark} comes to. */
    static @Nullable Found find(String mark, String close, String text, boolean end) {
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
            int behind = closing(close, text, stop, end);
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
    private static int closing(String close, String text, int stop, boolean end) {
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
