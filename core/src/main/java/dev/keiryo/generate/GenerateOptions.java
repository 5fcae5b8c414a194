package dev.keiryo.generate;

import org.jspecify.annotations.Nullable;

/**
 * What a caller may say about one generation.
 *
 * @param maxTokens new tokens at most
 * @param chain how each is drawn
 * @param seed of the random numbers; the same seed gives the same text
 * @param stops what ends the text before its time
 * @param context tokens that prompt and text together may take; 0 for what they need, up to the model's own limit
 * @param whenFull what happens when they have
 * @param speculation whether tokens are guessed ahead
 * @param scores whose log-probabilities are wanted
 * @param specialTokens whether the text shows special tokens, for those who take it apart: see
 *     {@link dev.keiryo.chat.OutputParser}; those that end it are not shown
 * @param constraint the language that the text is held to, or null for any
 */
public record GenerateOptions(
        int maxTokens,
        SamplerChain chain,
        long seed,
        Stops stops,
        int context,
        WhenFull whenFull,
        Speculation speculation,
        Scores scores,
        boolean specialTokens,
        @Nullable Constraint constraint) {
    /** 100 tokens at most, the default chain, seed 0. */
    public static final GenerateOptions DEFAULT = new GenerateOptions(
            100, SamplerChain.DEFAULT, 0, Stops.NONE, 0, WhenFull.STOP, Speculation.NONE, Scores.NONE, false, null);

    /**
     * Log-probabilities that are computed beside the text: the model's own, before any sampler.
     *
     * @param text of generated tokens
     * @param prompt of the prompt's tokens
     * @param alternatives most probable tokens that come with each
     */
    public record Scores(boolean text, boolean prompt, int alternatives) {
        /** None. */
        public static final Scores NONE = new Scores(false, false, 0);

        public Scores {
            if (alternatives < 0) {
                throw new IllegalArgumentException(
                        "the number of alternatives should be at least 0, but is " + alternatives);
            }
        }
    }

    public GenerateOptions {
        if (maxTokens < 0) {
            throw new IllegalArgumentException("the number of new tokens should be at least 0, but is " + maxTokens);
        }
        if (context < 0) {
            throw new IllegalArgumentException("the context should be at least 0 tokens, but is " + context);
        }
    }

    public GenerateOptions withMaxTokens(int newMaxTokens) {
        return new GenerateOptions(
                newMaxTokens, chain, seed, stops, context, whenFull, speculation, scores, specialTokens, constraint);
    }

    public GenerateOptions withChain(SamplerChain newChain) {
        return new GenerateOptions(
                maxTokens, newChain, seed, stops, context, whenFull, speculation, scores, specialTokens, constraint);
    }

    public GenerateOptions withSeed(long newSeed) {
        return new GenerateOptions(
                maxTokens, chain, newSeed, stops, context, whenFull, speculation, scores, specialTokens, constraint);
    }

    public GenerateOptions withStops(Stops newStops) {
        return new GenerateOptions(
                maxTokens, chain, seed, newStops, context, whenFull, speculation, scores, specialTokens, constraint);
    }

    public GenerateOptions withContext(int newContext) {
        return new GenerateOptions(
                maxTokens, chain, seed, stops, newContext, whenFull, speculation, scores, specialTokens, constraint);
    }

    public GenerateOptions withWhenFull(WhenFull newWhenFull) {
        return new GenerateOptions(
                maxTokens, chain, seed, stops, context, newWhenFull, speculation, scores, specialTokens, constraint);
    }

    public GenerateOptions withScores(Scores newScores) {
        return new GenerateOptions(
                maxTokens, chain, seed, stops, context, whenFull, speculation, newScores, specialTokens, constraint);
    }

    public GenerateOptions withSpeculation(Speculation newSpeculation) {
        return new GenerateOptions(
                maxTokens, chain, seed, stops, context, whenFull, newSpeculation, scores, specialTokens, constraint);
    }

    public GenerateOptions withSpecialTokens(boolean newSpecialTokens) {
        return new GenerateOptions(
                maxTokens, chain, seed, stops, context, whenFull, speculation, scores, newSpecialTokens, constraint);
    }

    public GenerateOptions withConstraint(@Nullable Constraint newConstraint) {
        return new GenerateOptions(
                maxTokens, chain, seed, stops, context, whenFull, speculation, scores, specialTokens, newConstraint);
    }
}
