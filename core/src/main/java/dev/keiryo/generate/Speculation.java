package dev.keiryo.generate;

import java.util.function.IntFunction;

/**
 * Whether and how tokens are guessed ahead, see {@link Drafter}.
 *
 * @param drafter makes one for a text of up to that many tokens
 * @param most guesses at a time; 0: none
 * @param adaptive whether to guess fewer, or none, where guessing does not pay
 */
public record Speculation(IntFunction<Drafter> drafter, int most, boolean adaptive) {
    /** One token at a time. */
    public static final Speculation NONE = new Speculation(capacity -> PromptLookup.DEFAULT, 0, true);

    /** Up to 10 guesses by {@link PromptLookup}. */
    public static final Speculation LOOKUP = new Speculation(capacity -> PromptLookup.DEFAULT, 10, true);

    public Speculation {
        if (most < 0 || most > 64) {
            throw new IllegalArgumentException("guesses at a time should be 0 to 64, but are " + most);
        }
    }
}
