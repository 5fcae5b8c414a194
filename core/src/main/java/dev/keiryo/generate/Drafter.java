package dev.keiryo.generate;

import dev.keiryo.engine.Sequence;

/**
 * Guesses the next tokens of one text, so that the model can check several at once (speculative decoding, Leviathan et
 * al., arXiv 2211.17192; Chen et al., arXiv 2302.01318).
 *
 * <p>Whatever it guesses, the text stays what it would be: at each position the model draws with the same random number
 * as without guesses, and a guess only counts where it equals what was drawn.
 */
public interface Drafter extends AutoCloseable {
    /**
     * What guessing takes, as far as it is known.
     *
     * @param guess nanoseconds of one guess; 0 where that is not known
     * @param token nanoseconds of each token that it has not seen yet
     */
    record Cost(long guess, long token) {
        static final Cost UNKNOWN = new Cost(0, 0);
    }

    /** Reads the prompt, whose tokens are {@code history}, before the first guess. */
    default Cost start(History history) {
        return Cost.UNKNOWN;
    }

    /**
     * Adds branches of up to {@code most} tokens that may follow {@code history} to {@code out}.
     *
     * @param sequence the model's own, which holds all of the history but its last token; may be used, and is left as it was
     */
    void draft(Sequence sequence, History history, int most, Guesses out);

    @Override
    void close();
}
