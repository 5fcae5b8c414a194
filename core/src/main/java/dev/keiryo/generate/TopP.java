package dev.keiryo.generate;

/**
 * Nucleus sampling: keeps the smallest set of most probable tokens with {@code Σ p ≥ p}; 1 keeps all. In a chain:
 * {@code top_p:0.95}.
 *
 * <p>Source: Holtzman et al. 2020, arXiv:1904.09751.
 *
 * @param p from 0 to 1
 * @param minKeep tokens that are kept in any case; 0 is 1
 */
public record TopP(double p, int minKeep) implements SamplerLink {
    /** Ranks that are tried first: mostly they reach p, and the rest need not be sorted. */
    private static final int FIRST = 64;

    public TopP {
        Ranges.probability("top_p", "p", p);
        Ranges.atLeast(0, "top_p", "min_keep", minKeep);
    }

    public TopP(double p) {
        this(p, 1);
    }

    static TopP of(LinkArguments arguments) {
        return new TopP(arguments.number("p"), arguments.integer("min_keep", 1));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return this::apply;
    }

    private void apply(Candidates candidates) {
        if (p >= 1) {
            return;
        }
        int count = candidates.count();
        for (int k = Math.max(FIRST, minKeep); ; k *= 16) {
            candidates.rank(k);
            double reached = 0;
            for (int r = 0; r < Math.min(k, count); r++) {
                reached += candidates.probability(candidates.ranked(r));
                if (reached >= p && r + 1 >= minKeep) {
                    candidates.keepRanked(r + 1);
                    return;
                }
            }
            if (k >= count) {
                candidates.keepRanked(count);
                return;
            }
        }
    }

    @Override
    public String toString() {
        return new LinkText("top_p").main("p", p).option("min_keep", minKeep, 1).toString();
    }
}
