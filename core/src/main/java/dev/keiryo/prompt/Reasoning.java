package dev.keiryo.prompt;

import java.util.Locale;

/** Whether the model is to think before it answers, and how it is brought to it. */
public enum Reasoning {
    /** It answers at once. */
    NONE(false, false),
    /** Zero-shot chain of thought: "Let's think step by step." (Kojima et al., arXiv 2205.11916). */
    STEPS(true, false),
    /** Few-shot chain of thought: examples show their rationales (Wei et al., arXiv 2201.11903). */
    RATIONALES(false, true),
    /** Both: examples show their rationales, and all answers begin with the trigger. */
    HYBRID(true, true);

    private final boolean triggered;
    private final boolean rationales;

    Reasoning(boolean triggered, boolean rationales) {
        this.triggered = triggered;
        this.rationales = rationales;
    }

    /** Whether a sentence asks for steps. */
    public boolean triggered() {
        return triggered;
    }

    /** Whether examples show their rationales. */
    public boolean rationales() {
        return rationales;
    }

    /** The name as a user gives it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
