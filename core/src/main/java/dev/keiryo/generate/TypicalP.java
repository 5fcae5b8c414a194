package dev.keiryo.generate;

/**
 * Locally typical sampling: keeps the smallest set of tokens with {@code Σ p > p}, taken in the order of
 * {@code |-log p_i - H|}, the least first; 1 keeps all. In a chain: {@code typical:0.9}.
 *
 * <p>Source: Meister et al. 2022, arXiv:2202.00666.
 *
 * @param p from 0 to 1
 * @param minKeep tokens that are kept in any case; 0 is 1
 */
public record TypicalP(double p, int minKeep) implements SamplerLink {
    private static final int FIRST = 64;

    public TypicalP {
        Ranges.probability("typical", "p", p);
        Ranges.atLeast(0, "typical", "min_keep", minKeep);
    }

    static TypicalP of(LinkArguments arguments) {
        return new TypicalP(arguments.number("p"), arguments.integer("min_keep", 1));
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
        double normalizer = candidates.logNormalizer();
        double entropy = candidates.entropy();
        float[] scores = candidates.scores();
        for (int i = 0; i < count; i++) {
            scores[i] = (float) -Math.abs(normalizer - candidates.logit(i) - entropy);
        }
        for (int k = Math.max(FIRST, minKeep); ; k *= 16) {
            candidates.rankScores(k);
            double reached = 0;
            for (int r = 0; r < Math.min(k, count); r++) {
                reached += candidates.probability(candidates.ranked(r));
                if (reached > p && r + 1 >= minKeep) {
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
        return new LinkText("typical")
                .main("p", p)
                .option("min_keep", minKeep, 1)
                .toString();
    }
}
