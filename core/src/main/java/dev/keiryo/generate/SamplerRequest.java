package dev.keiryo.generate;

import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What the links of a chain may know of the request they work for.
 *
 * @param history the tokens so far; grows with the request
 * @param random the source of all randomness
 * @param texts what tokens stand for, or null where only their ids are known
 * @param endOfText tokens that end a text
 */
public record SamplerRequest(
        History history, RandomGenerator random, @Nullable TokenTexts texts, Set<Integer> endOfText) {
    public SamplerRequest {
        endOfText = Set.copyOf(endOfText);
    }

    /** A request of which only ids are known. */
    public static SamplerRequest of(RandomGenerator random) {
        return new SamplerRequest(new History(), random, null, Set.of());
    }

    /** The texts, which {@code link} cannot do without. */
    TokenTexts requireTexts(SamplerLink link) {
        if (texts == null) {
            throw new IllegalArgumentException(link + " needs the texts of tokens; give a model");
        }
        return texts;
    }
}
