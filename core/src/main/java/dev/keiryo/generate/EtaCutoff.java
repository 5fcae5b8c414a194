package dev.keiryo.generate;

/**
 * Keeps the tokens with {@code p_i ≥ min(ε, √ε · exp(-H))}, and the most probable one in any case; 0 keeps all. In a
 * chain: {@code eta_cutoff:0.002}.
 *
 * <p>Source: Hewitt, Manning, Liang 2022, arXiv:2210.15191, equation 6, with α = √ε.
 *
 * @param epsilon from 0 to 1; the paper tries 3e-4 to 4e-3
 * @param minKeep tokens that are kept in any case; 0 is 1
 */
public record EtaCutoff(double epsilon, int minKeep) implements SamplerLink {
    public EtaCutoff {
        Ranges.probability("eta_cutoff", "epsilon", epsilon);
        Ranges.atLeast(0, "eta_cutoff", "min_keep", minKeep);
    }

    static EtaCutoff of(LinkArguments arguments) {
        return new EtaCutoff(arguments.number("epsilon"), arguments.integer("min_keep", 1));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return this::apply;
    }

    private void apply(Candidates candidates) {
        if (epsilon > 0) {
            double eta = Math.min(Math.log(epsilon), Math.log(epsilon) / 2 - candidates.entropy());
            candidates.keepAtLeast(eta + candidates.logNormalizer(), minKeep);
        }
    }

    @Override
    public String toString() {
        return new LinkText("eta_cutoff")
                .main("epsilon", epsilon)
                .option("min_keep", minKeep, 1)
                .toString();
    }
}
