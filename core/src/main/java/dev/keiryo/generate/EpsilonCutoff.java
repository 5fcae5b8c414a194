package dev.keiryo.generate;

/**
 * Keeps the tokens with {@code p_i ≥ ε}, and the most probable one in any case; 0 keeps all. In a chain:
 * {@code epsilon_cutoff:0.0006}.
 *
 * <p>Source: Hewitt, Manning, Liang 2022, arXiv:2210.15191, section 3.2.
 *
 * @param epsilon from 0 to 1; the paper tries 3e-4 to 9e-4
 * @param minKeep tokens that are kept in any case; 0 is 1
 */
public record EpsilonCutoff(double epsilon, int minKeep) implements SamplerLink {
    public EpsilonCutoff {
        Ranges.probability("epsilon_cutoff", "epsilon", epsilon);
        Ranges.atLeast(0, "epsilon_cutoff", "min_keep", minKeep);
    }

    static EpsilonCutoff of(LinkArguments arguments) {
        return new EpsilonCutoff(arguments.number("epsilon"), arguments.integer("min_keep", 1));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return this::apply;
    }

    private void apply(Candidates candidates) {
        if (epsilon > 0) {
            candidates.keepAtLeast(Math.log(epsilon) + candidates.logNormalizer(), minKeep);
        }
    }

    @Override
    public String toString() {
        return new LinkText("epsilon_cutoff")
                .main("epsilon", epsilon)
                .option("min_keep", minKeep, 1)
                .toString();
    }
}
