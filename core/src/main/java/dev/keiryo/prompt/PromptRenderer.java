package dev.keiryo.prompt;

import java.io.IOException;

/** How prompts become text. */
@FunctionalInterface
public interface PromptRenderer {
    /**
     * The text of {@code prompt}, all of whose examples are shown.
     *
     * @throws IOException where a model's template is faulty or refuses the prompt
     */
    Rendering render(Prompt prompt) throws IOException;
}
