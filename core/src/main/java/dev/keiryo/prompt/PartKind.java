package dev.keiryo.prompt;

import java.util.Locale;

/** What a stretch of a rendered prompt is. */
public enum PartKind {
    SYSTEM,
    INSTRUCTION,
    CONSTRAINTS,
    OUTPUT_FORMAT,
    EXAMPLES,
    CONTEXT,
    INPUT,
    /** What the answer begins with. */
    ANSWER,
    /** What the model's chat template and tokenizer add. */
    TEMPLATE;

    /** For messages: the name in lower case. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
