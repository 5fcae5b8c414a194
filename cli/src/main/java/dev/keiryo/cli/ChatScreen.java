package dev.keiryo.cli;

import dev.keiryo.chat.ChatEvent;
import dev.keiryo.chat.Message;
import dev.keiryo.chat.ToolCall;
import java.io.PrintWriter;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Where a conversation is shown: what the model says goes to {@code out}, all else to {@code notes}. */
final class ChatScreen {
    private final PrintWriter out;
    private final PrintWriter notes;
    private final boolean styled;
    private final boolean quiet;
    private boolean thinking;
    private boolean atLineStart = true;
    /** Nothing of the answer has been said yet but white space, which is left out. */
    private boolean silent = true;

    ChatScreen(PrintWriter out, PrintWriter notes, boolean styled, boolean quiet) {
        this.out = out;
        this.notes = notes;
        this.styled = styled;
        this.quiet = quiet;
    }

    /** A part of an answer. */
    void show(ChatEvent event) {
        switch (event) {
            case ChatEvent.Content content -> {
                endThought();
                print(silent ? content.text().stripLeading() : content.text());
                silent &= content.text().isBlank();
            }
            case ChatEvent.Reasoning thought -> {
                thinking = true;
                print(Style.DIM.of(thought.text(), styled));
            }
            case ChatEvent.Call call -> {
                endThought();
                startLine();
                print(Style.GIVEN.of(text(call.call()), styled) + "\n");
            }
            case ChatEvent.Malformed malformed -> {
                endThought();
                print(malformed.text());
                endAnswer();
                note("this is no tool call: " + malformed.problem());
            }
        }
        out.flush();
    }

    /** {@code get_weather({"city":"Tokyo"})}. */
    static String text(ToolCall call) {
        return "→ " + call.name() + "(" + JsonMapper.shared().writeValueAsString(call.arguments()) + ")";
    }

    /** The cursor goes to the beginning of a line. */
    void endAnswer() {
        thinking = false;
        silent = true;
        startLine();
        out.flush();
    }

    private void endThought() {
        if (thinking) {
            thinking = false;
            startLine();
        }
    }

    private void startLine() {
        if (!atLineStart) {
            print("\n");
        }
    }

    private void print(String text) {
        if (!text.isEmpty()) {
            out.print(text);
            atLineStart = text.endsWith("\n") || text.endsWith("\n\u001b[0m");
        }
    }

    /** What a command answers. */
    void answer(String text) {
        notes.println(text);
        notes.flush();
    }

    /** What is good to know; left out where quiet was asked for. */
    void note(String text) {
        if (!quiet) {
            answer(Style.DIM.of("[" + text + "]", styled));
        }
    }

    /** What went wrong. */
    void fault(String text) {
        answer("keiryo: " + text);
    }

    /** A conversation that was held before. */
    void replay(List<Message> messages) {
        for (Message message : messages) {
            String said = message.content().strip();
            switch (message.role()) {
                case Message.USER -> answer(Style.GIVEN.of("> " + said, styled));
                case Message.SYSTEM, Message.TOOL -> answer(Style.DIM.of(message.role() + ": " + said, styled));
                default -> {
                    message.toolCalls().forEach(call -> answer(Style.GIVEN.of(text(call), styled)));
                    if (!said.isEmpty()) {
                        answer(said);
                    }
                }
            }
        }
    }
}
