package dev.keiryo.generate;

/**
 * Keeps the tokens with {@code p_i ≥ a · (max p)²}; 0 keeps all. In a chain: {@code top_a:0.2}.
 *
 * <p>Source: BlinkDL, RWKV-LM's top-a sampling.
 *
 * @param a from 0 to 1
 * @param minKeep tokens that are kept in any case; 0 is 1
 */
public record TopA(double a, int minKeep) implements SamplerLink {
    public TopA {
        Ranges.probability("top_a", "a", a);
        Ranges.atLeast(0, "top_a", "min_keep", minKeep);
    }

    static TopA of(LinkArguments arguments) {
        return new TopA(arguments.number("a"), arguments.integer("min_keep", 1));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return this::apply;
    }

    private void apply(Candidates candidates) {
        if (a > 0) {
            double normalizer = candidates.logNormalizer();
            candidates.keepAtLeast(Math.log(a) + 2 * candidates.max() - normalizer, minKeep);
        }
    }

    @Override
    public String toString() {
        return new LinkText("top_a").main("a", a).option("min_keep", minKeep, 1).toString();
    }
}
