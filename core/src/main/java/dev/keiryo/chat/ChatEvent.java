package dev.keiryo.chat;

/** A part of a model's answer, as it becomes certain. */
public sealed interface ChatEvent {
    /** Something said to the user. */
    record Content(String text) implements ChatEvent {}

    /** Something thought. */
    record Reasoning(String text) implements ChatEvent {}

    /** A complete tool call. */
    record Call(ToolCall call) implements ChatEvent {}

    /**
     * Text that begins as a tool call but is none.
     *
     * @param text as the model wrote it
     * @param problem what is wrong with it
     */
    record Malformed(String text, String problem) implements ChatEvent {}
}
