package dev.keiryo.chat;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A function that a model may ask for.
 *
 * @param name what the model calls it by
 * @param description when to call it, for the model
 * @param parameters a JSON Schema of an object, as maps, lists and plain values
 */
public record Tool(String name, String description, Map<String, @Nullable Object> parameters) {
    public Tool {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a tool's name should not be empty");
        }
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }
}
