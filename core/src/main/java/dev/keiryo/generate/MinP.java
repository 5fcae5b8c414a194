package dev.keiryo.generate;

/**
 * Keeps the tokens with {@code p_i ≥ p · max p}; 0 keeps all. In a chain: {@code min_p:0.05}.
 *
 * <p>Source: Nguyen et al. 2024, arXiv:2407.01082.
 *
 * @param p from 0 to 1
 * @param minKeep tokens that are kept in any case; 0 is 1
 */
public record MinP(double p, int minKeep) implements SamplerLink {
    public MinP {
        Ranges.probability("min_p", "p", p);
        Ranges.atLeast(0, "min_p", "min_keep", minKeep);
    }

    public MinP(double p) {
        this(p, 1);
    }

    static MinP of(LinkArguments arguments) {
        return new MinP(arguments.number("p"), arguments.integer("min_keep", 1));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return this::apply;
    }

    private void apply(Candidates candidates) {
        if (p > 0) {
            candidates.keepAtLeast(candidates.max() + Math.log(p), minKeep);
        }
    }

    @Override
    public String toString() {
        return new LinkText("min_p").main("p", p).option("min_keep", minKeep, 1).toString();
    }
}
