package dev.keiryo.generate;

import java.util.List;

/**
 * A finished generation.
 *
 * @param text the new text, without the prompt and without any stop string
 * @param tokens the new tokens, the one that ended the text included
 * @param reason why it ended
 * @param promptTokens tokens of the prompt
 * @param knownTokens those of them that did not have to be processed: an earlier text began alike
 * @param promptNanos time to process the prompt
 * @param generationNanos time to generate, after the prompt
 * @param drafts what guessing ahead has brought
 * @param scores of each new token, where they were asked for; else empty
 * @param promptScores of each token of the prompt but the first, where they were asked for; else empty
 */
public record Generation(
        String text,
        int[] tokens,
        StopReason reason,
        int promptTokens,
        int knownTokens,
        long promptNanos,
        long generationNanos,
        Drafts drafts,
        List<TokenScore> scores,
        List<TokenScore> promptScores) {
    public Generation {
        scores = List.copyOf(scores);
        promptScores = List.copyOf(promptScores);
    }

    /**
     * Tokens guessed ahead.
     *
     * @param guessed all of them
     * @param right those that the model drew as well
     * @param passes forward passes of the model after the prompt's: each gives a token, and one more for each right guess
     */
    public record Drafts(int guessed, int right, int passes) {
        public static final Drafts NONE = new Drafts(0, 0, 0);

        /** Right guesses of all. */
        public double acceptance() {
            return guessed == 0 ? 0 : (double) right / guessed;
        }
    }

    /** Why a generation ended. */
    public enum StopReason {
        /** The model ended it, or nothing may follow in the language that it is held to. */
        END_OF_TEXT,
        /** A stop string or pattern was met. */
        STOP_STRING,
        /** The text went round in circles. */
        REPETITION,
        /** The caller's predicate said so. */
        PREDICATE,
        /** The time was up. */
        MAX_TIME,
        /** The limit on new tokens was reached. */
        MAX_TOKENS,
        /** The context is full. */
        CONTEXT_FULL,
        /** The caller asked to stop. */
        CANCELLED
    }

    /** Tokens of the prompt per second. */
    public double promptTokensPerSecond() {
        return promptTokens * 1e9 / Math.max(1, promptNanos);
    }

    /** New tokens per second. The first comes with the prompt, so n tokens took n - 1 steps. */
    public double tokensPerSecond() {
        return Math.max(0, tokens.length - 1) * 1e9 / Math.max(1, generationNanos);
    }
}
