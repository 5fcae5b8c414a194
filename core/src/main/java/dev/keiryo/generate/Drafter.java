package dev.keiryo.generate;

/**
 * Guesses the next tokens of one text, so that the model can check several at once (speculative decoding, Leviathan et
 * al., arXiv 2211.17192; Chen et al., arXiv 2302.01318).
 *
 * <p>Whatever it guesses, the text stays what it would be: at each position the model draws with the same random number
 * as without guesses, and a guess only counts where it equals what was drawn.
 */
public interface Drafter extends AutoCloseable {
    /**
     * Writes up to {@code most} guesses of what follows {@code history} into {@code out}.
     *
     * @return how many
     */
    int draft(History history, int most, int[] out);

    @Override
    void close();
}
