package dev.keiryo.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's wish to have a tool called.
 *
 * @param id what the result refers to; unique in a conversation
 * @param name the tool
 * @param arguments by name: null, Boolean, Long, BigInteger, Double, String, List or Map with string keys
 */
public record ToolCall(String id, String name, Map<String, @Nullable Object> arguments) {
    public ToolCall {
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }
}
