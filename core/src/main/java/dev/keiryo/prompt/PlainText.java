package dev.keiryo.prompt;

import dev.keiryo.tokenizer.Tokenizer.SpecialTokens;

/**
 * For base models, which continue texts: titled sections in an order that never changes, what stays the same from prompt to
 * prompt first (so that its keys and values can be used again), then {@code Input: …} and {@code Output:}, as in the
 * examples before. Text that spells a special token stays text.
 */
public final class PlainText implements PromptRenderer {
    @Override
    public Rendering render(Prompt prompt) {
        Language language = prompt.language();
        PromptText text = new PromptText(language);
        text.add(PartKind.SYSTEM, prompt.system()).addTask(prompt, true);
        for (Example example : prompt.examples()) {
            String answer = language.answer(example, prompt.reasoning());
            text.add(
                    PartKind.EXAMPLES,
                    text.line(PartKind.INPUT, example.input()) + "\n" + text.line(PartKind.ANSWER, answer));
        }
        text.addContext(prompt);
        String opening = prompt.reasoning().triggered()
                ? text.line(PartKind.ANSWER, language.trigger())
                : text.opening(PartKind.ANSWER);
        if (prompt.input().isBlank()) {
            text.add(PartKind.ANSWER, opening);
        } else {
            text.add(PartKind.INPUT, text.line(PartKind.INPUT, prompt.input())).put(PartKind.ANSWER, "\n" + opening);
        }
        return new Rendering(
                text.text(), text.parts(), (tokenizer, t) -> tokenizer.encode(t, SpecialTokens.LITERAL, true));
    }
}
