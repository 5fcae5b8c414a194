package dev.keiryo.chat;

import java.util.List;

/**
 * Takes a model's answer apart while it comes: reasoning, content, tool calls. The events joined do not depend on where the
 * text was cut. Not thread-safe.
 */
public interface OutputParser {
    /** What {@code text}, the next stretch of the answer with its special tokens, makes certain. */
    List<ChatEvent> feed(String text);

    /** What is left at the end of the answer. */
    List<ChatEvent> finish();

    /** The answer so far as a message of the assistant. */
    Message message();
}
