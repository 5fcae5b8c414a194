package dev.keiryo.generate;

/**
 * Exclude top choices: with probability {@code probability}, removes all tokens with {@code p_i ≥ threshold} but the least
 * probable of them. A threshold above 0.5 removes nothing. In a chain: {@code xtc:probability=0.5,threshold=0.1}.
 *
 * <p>Source: P. E. Weidmann 2024, text-generation-webui pull request 6335.
 *
 * @param probability from 0 to 1
 * @param threshold from 0 to 1
 * @param minKeep where fewer tokens would be left, none is removed
 */
public record Xtc(double probability, double threshold, int minKeep) implements SamplerLink {
    public Xtc {
        Ranges.probability("xtc", "probability", probability);
        Ranges.probability("xtc", "threshold", threshold);
        Ranges.atLeast(0, "xtc", "min_keep", minKeep);
    }

    static Xtc of(LinkArguments arguments) {
        return new Xtc(
                arguments.number("probability"), arguments.number("threshold", 0.1), arguments.integer("min_keep", 1));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return candidates -> {
            if (probability > 0
                    && threshold <= 0.5
                    && candidates.count() > 1
                    && request.random().nextDouble() < probability) {
                apply(candidates);
            }
        };
    }

    private void apply(Candidates candidates) {
        int above = 0;
        for (int i = 0; i < candidates.count(); i++) {
            above += candidates.probability(i) >= threshold ? 1 : 0;
        }
        if (above > 1 && candidates.count() - (above - 1) >= minKeep) {
            candidates.rank(above);
            candidates.dropRanked(above - 1);
        }
    }

    @Override
    public String toString() {
        return new LinkText("xtc")
                .with("probability", probability)
                .with("threshold", threshold)
                .option("min_keep", minKeep, 1)
                .toString();
    }
}
