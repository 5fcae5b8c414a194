package dev.keiryo.generate;

import dev.keiryo.engine.Sequence;

/**
 * Guesses the next tokens of one text, so that the model can check several at once (speculative decoding, Leviathan et
 * al., arXiv 2211.17192; Chen et al., arXiv 2302.01318).
 *
 * <p>Whatever it guesses, the text stays what it would be: at each position the model draws with the same random number
 * as without guesses, and a guess only counts where it equals what was drawn.
 *
 * <p>A drafter that has to read the text may read its end alone. That is worth trying: what reading all of a long prompt
 * takes, guesses have to win back first.
 */
public interface Drafter extends AutoCloseable {
    /** What one guess takes of a step of the model, as far as it is known before it is measured. */
    default double share() {
        return 0.01;
    }

    /**
     * How many tokens would have to be read, but for the last of {@code history}, before the next guess.
     *
     * @param whole whether all of the text is to be read, or its end will do
     */
    default int unread(History history, boolean whole) {
        return 0;
    }

    /** Reads {@code tokens} of {@code history}, those before the last, and goes on from there. */
    default void read(History history, int tokens) {}

    /**
     * Adds branches of up to {@code most} tokens that may follow {@code history} to {@code out}.
     *
     * @param sequence the model's own, which holds all of the history but its last token; may be used, and is left as it was
     * @param whole whether all of the text is to be read before, or its end will do
     */
    void draft(Sequence sequence, History history, int most, boolean whole, Guesses out);

    @Override
    void close();
}
