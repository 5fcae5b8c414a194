package dev.keiryo.chat;

import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a template may know besides messages and tools.
 *
 * @param now for templates that write today's date
 * @param generationPrompt whether the text ends with the beginning of the assistant's turn
 * @param thinking asks a model that can think to do so or not ({@code enable_thinking}); null leaves it to the template
 * @param variables further ones that the template reads, e.g. {@code documents}; they override all others
 */
public record RenderOptions(
        LocalDateTime now,
        boolean generationPrompt,
        @Nullable Boolean thinking,
        Map<String, @Nullable Object> variables) {
    public RenderOptions {
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    /** For an answer at {@code now}; thinking is left to the template. */
    public static RenderOptions at(LocalDateTime now) {
        return new RenderOptions(now, true, null, Map.of());
    }

    public RenderOptions withGenerationPrompt(boolean newGenerationPrompt) {
        return new RenderOptions(now, newGenerationPrompt, thinking, variables);
    }

    public RenderOptions withThinking(@Nullable Boolean newThinking) {
        return new RenderOptions(now, generationPrompt, newThinking, variables);
    }

    public RenderOptions withVariables(Map<String, @Nullable Object> newVariables) {
        return new RenderOptions(now, generationPrompt, thinking, newVariables);
    }
}
