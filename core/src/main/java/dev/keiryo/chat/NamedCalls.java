package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Frame;
import dev.keiryo.template.JsonText;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A name between two marks, then JSON of the arguments.
 *
 * @param nameEnd what stands behind the name
 * @param close may be missing at the end of an answer
 * @param numbered whether the model is to write {@code functions.NAME:NUMBER} for a name
 */
record NamedCalls(String mark, String nameEnd, String close, boolean numbered) implements CallSyntax {
    @Override
    public Frame language(CallGrammar grammar) {
        return Frame.sequence(
                numbered ? CallGrammar.text("functions.") : Frame.END,
                grammar.anyTool(tool -> Frame.sequence(
                        CallGrammar.text(grammar.bareName(tool)),
                        numbered ? CallGrammar.text(CallGrammar.expression(":[0-9]{1,4}")) : Frame.END,
                        CallGrammar.mark(nameEnd),
                        grammar.arguments(tool))),
                CallGrammar.mark(close));
    }

    @Override
    public @Nullable Found find(String text, boolean end, List<Tool> tools) {
        int named = text.indexOf(nameEnd, mark.length());
        if (named < 0) {
            return end ? Found.malformed(text.length(), "the tool call's name is not complete") : null;
        }
        String name = text.substring(mark.length(), named).strip();
        int begin = CallJson.skipSpace(text, named + nameEnd.length());
        return arguments(name, text, begin, close, end);
    }

    /** A call of {@code written} whose arguments begin at {@code begin}. */
    static @Nullable Found arguments(String written, String text, int begin, String close, boolean end) {
        // Kimi writes functions.NAME:0, which is the call's id too
        String name = written.startsWith("functions.") ? written.substring("functions.".length()) : written;
        int colon = name.lastIndexOf(':');
        String id = name.length() < written.length() ? written : "";
        name = !id.isEmpty() && colon > 0 ? name.substring(0, colon) : name;
        int stop = begin < text.length() && text.charAt(begin) == '{' ? CallJson.end(text, begin) : -1;
        if (stop < 0) {
            int closed = close.isEmpty() ? -1 : text.indexOf(close, begin);
            boolean json = begin < text.length() && text.charAt(begin) == '{';
            if (closed >= 0 && !json) {
                boolean nothing = text.substring(begin, closed).isBlank();
                return nothing
                        ? Found.calls(closed + close.length(), List.of(new Written(id, name, Map.of())))
                        : Found.malformed(closed + close.length(), "the arguments of " + name + " should be JSON");
            }
            return end ? Found.malformed(text.length(), "the arguments of " + name + " are not complete") : null;
        }
        int at = CallJson.skipSpace(text, stop);
        boolean closed = !close.isEmpty() && text.startsWith(close, at);
        if (!closed && !end && !close.isEmpty() && close.startsWith(text.substring(at))) {
            return null;
        }
        int behind = closed ? at + close.length() : stop;
        try {
            return Found.calls(
                    behind,
                    List.of(new Written(id, name, JsonText.readObject("the arguments", text.substring(begin, stop)))));
        } catch (FormatException e) {
            return Found.malformed(behind, String.valueOf(e.getMessage()));
        }
    }
}
