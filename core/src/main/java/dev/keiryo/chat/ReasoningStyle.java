package dev.keiryo.chat;

import java.util.List;

/**
 * How thoughts are set apart from what is said.
 *
 * @param open what thoughts begin with; empty for models that do not think
 * @param close what ends them
 */
public record ReasoningStyle(String open, String close) {
    /** There are no thoughts. */
    public static final ReasoningStyle NONE = new ReasoningStyle("", "");

    /** DeepSeek R1, Qwen 3, QwQ, SmolLM 3, GLM, … */
    public static final ReasoningStyle THINK = new ReasoningStyle("<think>", "</think>");

    private static final List<ReasoningStyle> KNOWN = List.of(
            new ReasoningStyle("[THINK]", "[/THINK]"),
            new ReasoningStyle("<|START_THINKING|>", "<|END_THINKING|>"),
            new ReasoningStyle("<seed:think>", "</seed:think>"),
            new ReasoningStyle("Here is my thought process:", "Here is my response:"),
            THINK);

    public ReasoningStyle {
        if (open.isEmpty() != close.isEmpty()) {
            throw new IllegalArgumentException("a reasoning style should have both of its marks, or neither");
        }
    }

    /** What the text of a template speaks for. */
    public static ReasoningStyle of(String template) {
        for (ReasoningStyle style : KNOWN) {
            if (template.contains(style.close)) {
                return style;
            }
        }
        return NONE;
    }

    /** Whether {@code prompt} ends within thoughts. */
    boolean opened(String prompt) {
        return !open.isEmpty() && prompt.stripTrailing().endsWith(open);
    }
}
