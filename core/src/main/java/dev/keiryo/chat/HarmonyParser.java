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
final class HarmonyParser implements OutputParser {
    private static final String MESSAGE = "<|message|>";
    private static final List<String> ENDS = List.of("<|end|>", "<|call|>", "<|return|>", "<|start|>");

    private final AnswerCollector collector;
    private final StringBuilder pending = new StringBuilder();
    private boolean inHeader = true;
    private String header = "";

    HarmonyParser(String prompt, List<Tool> tools) {
        collector = new AnswerCollector(tools, prompt);
    }

    @Override
    public List<ChatEvent> feed(String text) {
        pending.append(text);
        while (step(false)) {
            // goes on as far as the text is certain
        }
        return collector.take();
    }

    @Override
    public List<ChatEvent> finish() {
        while (step(true)) {
            // goes on to the end
        }
        collector.finish();
        return collector.take();
    }

    @Override
    public Message message() {
        return collector.message();
    }

    private boolean step(boolean end) {
        String text = pending.toString();
        if (inHeader) {
            int message = text.indexOf(MESSAGE);
            if (message < 0) {
                return false;
            }
            header = text.substring(0, message);
            pending.delete(0, message + MESSAGE.length());
            inHeader = false;
            collector.border();
            return true;
        }
        int stop = -1;
        String by = "";
        for (String mark : ENDS) {
            int at = text.indexOf(mark);
            if (at >= 0 && (stop < 0 || at < stop)) {
                stop = at;
                by = mark;
            }
        }
        boolean called = header.contains("to=functions.");
        if (stop < 0 && !end) {
            int certain = called ? 0 : certain(text);
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

    private static int certain(String text) {
        int mark = text.lastIndexOf('<');
        boolean open = mark >= 0 && ENDS.stream().anyMatch(end -> end.startsWith(text.substring(mark)));
        return open ? mark : text.length();
    }

    private void say(String text) {
        if (header.contains("analysis")) {
            collector.reasoning(text);
        } else {
            collector.content(text);
        }
    }

    private void call(String body) {
        String rest = header.substring(header.indexOf("to=functions.") + "to=functions.".length());
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
