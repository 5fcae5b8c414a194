package dev.keiryo.generate;

/**
 * Mirostat 2: keeps the tokens with a surprise {@code -log2 p_i ≤ μ}, and the most probable one in any case. After the draw,
 * {@code μ' = μ - η (-log2 p - τ)} with p as drawn from; at first {@code μ = 2τ}. Meant as a chain's last link, perhaps
 * behind a temperature. In a chain: {@code mirostat_v2:tau=5,eta=0.1}.
 *
 * <p>Source: Basu et al. 2020, arXiv:2007.14966, algorithm 2; that the surprise is the truncated distribution's, as in
 * the authors' program.
 *
 * @param tau the wanted surprise, in bits; above 0
 * @param eta learning rate, 0 or more
 */
public record MirostatV2(double tau, double eta) implements SamplerLink {
    public MirostatV2 {
        Ranges.check(tau > 0 && tau < Double.POSITIVE_INFINITY, "mirostat_v2", "tau", "above 0 and finite", tau);
        Ranges.atLeast(0, "mirostat_v2", "eta", eta);
    }

    static MirostatV2 of(LinkArguments arguments) {
        return new MirostatV2(arguments.number("tau", 5), arguments.number("eta", 0.1));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return new AtWork();
    }

    private final class AtWork implements Stage {
        private double mu = 2 * tau;

        @Override
        public void apply(Candidates candidates) {
            candidates.keepAtLeast(candidates.logNormalizer() - mu * Math.log(2), 1);
        }

        @Override
        public void accept(int id, double probability) {
            mu = Mirostat.adapted(mu, tau, eta, probability);
        }
    }

    @Override
    public String toString() {
        return new LinkText("mirostat_v2").with("tau", tau).with("eta", eta).toString();
    }
}
