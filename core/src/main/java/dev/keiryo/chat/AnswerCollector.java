package dev.keiryo.chat;

import dev.keiryo.chat.CallSyntax.Written;
import java.util.ArrayList;
import java.util.List;

/** What an answer has consisted of so far, and the events that are to be told. */
final class AnswerCollector {
    private final List<Tool> tools;
    private final long seed;
    private final List<ToolCall> calls = new ArrayList<>();
    private final Stretch content = new Stretch();
    private final Stretch reasoning = new Stretch();
    private List<ChatEvent> events = new ArrayList<>();

    /** @param prompt what was answered: ids of calls are made from it, and so differ from one answer to the next */
    AnswerCollector(List<Tool> tools, String prompt) {
        this.tools = List.copyOf(tools);
        this.seed = Integer.toUnsignedLong(prompt.hashCode());
    }

    /** Text with white space at its borders held back until it is known not to be at a border. */
    private static final class Stretch {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder space = new StringBuilder();
        private boolean trimming;

        /** The part of {@code more} that is certain. */
        String add(String more) {
            int to = more.length();
            while (to > 0 && Character.isWhitespace(more.charAt(to - 1))) {
                to--;
            }
            String certain = "";
            if (to > 0) {
                certain = space + more.substring(trimming ? CallJson.skipSpace(more, 0) : 0, to);
                space.setLength(0);
                text.append(certain);
                trimming = false;
            }
            space.append(more, trimming ? more.length() : to, more.length());
            return certain;
        }

        /** A border: white space before it is dropped, and that behind it too. */
        void border() {
            space.setLength(0);
            trimming = true;
        }

        String rest() {
            String rest = space.toString();
            space.setLength(0);
            text.append(rest);
            return rest;
        }
    }

    void content(String text) {
        String certain = content.add(text);
        if (!certain.isEmpty()) {
            events.add(new ChatEvent.Content(certain));
        }
    }

    void reasoning(String text) {
        String certain = reasoning.add(text);
        if (!certain.isEmpty()) {
            events.add(new ChatEvent.Reasoning(certain));
        }
    }

    /** Thoughts begin or end here. */
    void border() {
        content.border();
        reasoning.border();
    }

    /** @param text what the model wrote */
    void found(CallSyntax.Found found, String text) {
        content.border();
        if (!found.problem().isEmpty()) {
            events.add(new ChatEvent.Malformed(text, found.problem()));
        }
        for (Written written : found.calls()) {
            if (tools.stream().noneMatch(tool -> tool.name().equals(written.name()))) {
                events.add(new ChatEvent.Malformed(
                        text,
                        "there is no tool \"" + written.name() + "\"; there are "
                                + String.join(
                                        ", ", tools.stream().map(Tool::name).toList())));
                continue;
            }
            ToolCall call =
                    new ToolCall(written.id().isEmpty() ? id() : written.id(), written.name(), written.arguments());
            calls.add(call);
            events.add(new ChatEvent.Call(call));
        }
    }

    /** Nine letters and digits, as Mistral's templates demand. */
    private String id() {
        String digits = "0000000" + Long.toString(seed * 31 + calls.size(), 36);
        return "c" + digits.substring(digits.length() - 8);
    }

    boolean saidNothing() {
        return content.text.isEmpty();
    }

    boolean called() {
        return !calls.isEmpty();
    }

    /** The end of the answer: white space that ends it belongs to it. */
    void finish() {
        String rest = content.rest();
        if (!rest.isEmpty()) {
            events.add(new ChatEvent.Content(rest));
        }
    }

    List<ChatEvent> take() {
        List<ChatEvent> taken = events;
        events = new ArrayList<>();
        return taken;
    }

    Message message() {
        return new Message(
                Message.ASSISTANT,
                content.text.toString(),
                reasoning.text.isEmpty() ? null : reasoning.text.toString(),
                calls,
                null,
                null);
    }
}
