package dev.keiryo.generate;

import dev.keiryo.cost.Cost;
import dev.keiryo.engine.Engine;
import dev.keiryo.tokenizer.Tokenizer;
import java.util.function.IntFunction;

/**
 * Whether and how tokens are guessed ahead, see {@link Drafter}.
 *
 * @param drafter makes one for a text of up to that many tokens
 * @param most guesses at a time and branch, up to 64; 0: none
 * @param branches alternatives that are checked at the same time (tree verification: Miao et al., SpecInfer, arXiv
 *     2305.09781), up to 16; 1: none
 * @param adaptive whether to guess fewer, or none, where guessing does not pay
 */
public record Speculation(IntFunction<Drafter> drafter, int most, int branches, boolean adaptive) {
    /** One token at a time. */
    public static final Speculation NONE = new Speculation(capacity -> PromptLookup.DEFAULT, 0);

    /** Up to 10 guesses by {@link PromptLookup}. */
    public static final Speculation LOOKUP = new Speculation(capacity -> PromptLookup.DEFAULT, 10);

    /** Guesses of one branch, fewer where that pays. */
    public Speculation(IntFunction<Drafter> drafter, int most) {
        this(drafter, most, 1, true);
    }

    public Speculation {
        if (most < 0 || most > 64) {
            throw new IllegalArgumentException("guesses at a time should be 0 to 64, but are " + most);
        }
        if (branches < 1 || branches > 16) {
            throw new IllegalArgumentException("branches should be 1 to 16, but are " + branches);
        }
    }

    /**
     * Up to 5 guesses by a smaller model: of its tokens where the vocabularies are the same ({@link DraftModel}), else
     * through text ({@link TextDraftModel}).
     *
     * @param model that guesses are made for
     * @param draft the smaller one; stays open
     * @throws IllegalArgumentException where {@code draft} is no decoder
     */
    public static Speculation byModel(Engine model, Tokenizer tokenizer, Engine draft, Tokenizer draftTokenizer) {
        DraftModel.warm(draft);
        double share = (double) Cost.of(draft.transformer(), 1).weightBytes()
                / Cost.of(model.transformer(), 1).weightBytes();
        return tokenizer.hasVocabularyOf(draftTokenizer)
                ? new Speculation(capacity -> new DraftModel(draft, share, capacity), 5)
                : new Speculation(capacity -> new TextDraftModel(tokenizer, draft, draftTokenizer, share, capacity), 5);
    }

    public Speculation withMost(int newMost) {
        return new Speculation(drafter, newMost, branches, adaptive);
    }

    public Speculation withBranches(int newBranches) {
        return new Speculation(drafter, most, newBranches, adaptive);
    }

    public Speculation withAdaptive(boolean newAdaptive) {
        return new Speculation(drafter, most, branches, newAdaptive);
    }
}
