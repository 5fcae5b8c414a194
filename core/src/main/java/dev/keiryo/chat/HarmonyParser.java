package dev.keiryo.chat;

import dev.keiryo.FormatException;
import dev.keiryo.chat.CallSyntax.Found;
import dev.keiryo.chat.CallSyntax.Written;
import dev.keiryo.template.JsonText;
import java.util.List;
import java.util.Map;

/**
 * gpt-oss: messages with a channel each. {@code analysis} is thought, {@code final} is said, and what is addressed to
 * {@code functions.NAME} calls a tool. Source: OpenAI, <i>Harmony response format</i>.
 */
final class HarmonyParser extends StretchParser {
    static final String MESSAGE = "<|message|>";
    static final String TO = "to=functions.";
    static final String END = "<|end|>";
    static final List<String> ENDS = List.of(END, "<|call|>", "<|return|>", "<|start|>");

    private boolean inHeader = true;
    private String header = "";

    HarmonyParser(String prompt, List<Tool> tools) {
        super(tools, prompt);
    }

    @Override
    boolean step(boolean end) {
        String text = pending.toString();
        if (inHeader) {
            int message = text.indexOf(MESSAGE);
            if (message < 0) {
                if (end && header.isEmpty() && !text.contains("<|")) {
                    // Not a message at all: shown rather than lost.
                    collector.content(text);
                    pending.setLength(0);
                }
                return false;
            }
            header = text.substring(0, message);
            pending.delete(0, message + MESSAGE.length());
            inHeader = false;
            collector.border();
            return true;
        }
        boolean called = header.contains(TO);
        int from = called ? argumentsEnd(text) : 0;
        String by = from < 0 ? "" : first(text.substring(from), ENDS);
        int stop = by.isEmpty() ? -1 : text.indexOf(by, from);
        if (stop < 0 && end && from < 0) {
            by = first(text, ENDS);
            stop = by.isEmpty() ? -1 : text.indexOf(by);
        }
        if (stop < 0 && !end) {
            int certain = called ? 0 : certain(text, ENDS);
            say(text.substring(0, certain));
            pending.delete(0, certain);
            return false;
        }
        String body = stop < 0 ? text : text.substring(0, stop);
        if (called) {
            call(body);
        } else {
            say(body);
        }
        pending.delete(0, body.length() + by.length());
        inHeader = true;
        return stop >= 0;
    }

    /** Behind the JSON that {@code text} begins with, whose strings may hold anything; -1 where it is not complete. */
    private static int argumentsEnd(String text) {
        int begin = CallJson.skipSpace(text, 0);
        return begin < text.length() && text.charAt(begin) == '{' ? CallJson.end(text, begin) : 0;
    }

    private void say(String text) {
        if (header.contains("analysis")) {
            collector.reasoning(text);
        } else {
            collector.content(text);
        }
    }

    private void call(String body) {
        String rest = header.substring(header.indexOf(TO) + TO.length());
        int end = 0;
        while (end < rest.length() && !Character.isWhitespace(rest.charAt(end)) && rest.charAt(end) != '<') {
            end++;
        }
        String name = rest.substring(0, end);
        try {
            Found found = Found.calls(
                    body.length(),
                    List.of(new Written(
                            "", name, body.isBlank() ? Map.of() : JsonText.readObject("the arguments", body))));
            collector.found(found, body);
        } catch (FormatException e) {
            collector.found(Found.malformed(body.length(), String.valueOf(e.getMessage())), body);
        }
    }
}
