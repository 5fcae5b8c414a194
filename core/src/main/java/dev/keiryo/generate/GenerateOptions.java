package dev.keiryo.generate;

import java.util.function.Consumer;
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
        return changed(draft -> draft.maxTokens = newMaxTokens);
    }

    public GenerateOptions withChain(SamplerChain newChain) {
        return changed(draft -> draft.chain = newChain);
    }

    public GenerateOptions withSeed(long newSeed) {
        return changed(draft -> draft.seed = newSeed);
    }

    public GenerateOptions withStops(Stops newStops) {
        return changed(draft -> draft.stops = newStops);
    }

    public GenerateOptions withContext(int newContext) {
        return changed(draft -> draft.context = newContext);
    }

    public GenerateOptions withWhenFull(WhenFull newWhenFull) {
        return changed(draft -> draft.whenFull = newWhenFull);
    }

    public GenerateOptions withSpeculation(Speculation newSpeculation) {
        return changed(draft -> draft.speculation = newSpeculation);
    }

    public GenerateOptions withScores(Scores newScores) {
        return changed(draft -> draft.scores = newScores);
    }

    public GenerateOptions withSpecialTokens(boolean newSpecialTokens) {
        return changed(draft -> draft.specialTokens = newSpecialTokens);
    }

    public GenerateOptions withConstraint(@Nullable Constraint newConstraint) {
        return changed(draft -> draft.constraint = newConstraint);
    }

    private GenerateOptions changed(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** Options being changed, so that a new one is listed here alone and not in every other's method. */
    private static final class Draft {
        private int maxTokens;
        private SamplerChain chain;
        private long seed;
        private Stops stops;
        private int context;
        private WhenFull whenFull;
        private Speculation speculation;
        private Scores scores;
        private boolean specialTokens;
        private @Nullable Constraint constraint;

        Draft(GenerateOptions from) {
            maxTokens = from.maxTokens;
            chain = from.chain;
            seed = from.seed;
            stops = from.stops;
            context = from.context;
            whenFull = from.whenFull;
            speculation = from.speculation;
            scores = from.scores;
            specialTokens = from.specialTokens;
            constraint = from.constraint;
        }

        GenerateOptions options() {
            return new GenerateOptions(
                    maxTokens, chain, seed, stops, context, whenFull, speculation, scores, specialTokens, constraint);
        }
    }
}
