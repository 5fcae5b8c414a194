package dev.keiryo.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a conversation.
 *
 * @param role {@code system}, {@code user}, {@code assistant}, {@code tool}, or another that the model's template knows
 * @param content what is said; empty where there are only tool calls
 * @param reasoning what an assistant thought before it spoke, or null
 * @param toolCalls what an assistant asks for
 * @param toolCallId which call a {@code tool} message answers, or null
 * @param name of the tool that a {@code tool} message comes from, or of who speaks, or null
 */
public record Message(
        String role,
        String content,
        @Nullable String reasoning,
        List<ToolCall> toolCalls,
        @Nullable String toolCallId,
        @Nullable String name) {
    public static final String SYSTEM = "system";
    public static final String USER = "user";
    public static final String ASSISTANT = "assistant";
    public static final String TOOL = "tool";

    public Message {
        if (role.isEmpty()) {
            throw new IllegalArgumentException("a message's role should not be empty");
        }
        toolCalls = List.copyOf(toolCalls);
    }

    public static Message system(String content) {
        return new Message(SYSTEM, content, null, List.of(), null, null);
    }

    public static Message user(String content) {
        return new Message(USER, content, null, List.of(), null, null);
    }

    public static Message assistant(String content) {
        return new Message(ASSISTANT, content, null, List.of(), null, null);
    }

    /** What came of {@code call}. */
    public static Message result(ToolCall call, String content) {
        return new Message(TOOL, content, null, List.of(), call.id(), call.name());
    }

    public Message withContent(String newContent) {
        return new Message(role, newContent, reasoning, toolCalls, toolCallId, name);
    }
}
