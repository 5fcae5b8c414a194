package dev.keiryo.generate;

/**
 * Mirostat: a top-k whose k follows from a wanted surprise. From the m most probable tokens it estimates Zipf's exponent
 * {@code s = Σ t_i b_i / Σ t_i²}, {@code t_i = log((i+2)/(i+1))}, {@code b_i = log(p_i/p_{i+1})}; with {@code ε = s - 1} and
 * a vocabulary of V tokens it keeps {@code k = (ε 2^μ / (1 - V^-ε))^(1/s)}, at least one. After the draw,
 * {@code μ' = μ - η (-log2 p - τ)} with p as drawn from; at first {@code μ = 2τ}. Meant as a chain's last link, perhaps
 * behind a temperature. In a chain: {@code mirostat:tau=5,eta=0.1,m=100}.
 *
 * <p>Source: Basu et al. 2020, arXiv:2007.14966, algorithm 1; that the surprise is the truncated distribution's, as in
 * llama.cpp.
 *
 * @param tau the wanted surprise, in bits; above 0
 * @param eta learning rate, 0 or more
 * @param m tokens for the estimate, 2 or more
 */
public record Mirostat(double tau, double eta, int m) implements SamplerLink {
    public Mirostat {
        Ranges.check(tau > 0 && tau < Double.POSITIVE_INFINITY, "mirostat", "tau", "above 0 and finite", tau);
        Ranges.atLeast(0, "mirostat", "eta", eta);
        Ranges.atLeast(2, "mirostat", "m", m);
    }

    static Mirostat of(LinkArguments arguments) {
        return new Mirostat(arguments.number("tau", 5), arguments.number("eta", 0.1), arguments.integer("m", 100));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return new AtWork();
    }

    private final class AtWork implements Stage {
        private double mu = 2 * tau;

        @Override
        public void apply(Candidates candidates) {
            int estimated = Math.min(m, candidates.count());
            candidates.rank(estimated);
            double products = 0;
            double squares = 0;
            for (int i = 0; i + 1 < estimated; i++) {
                double t = Math.log((i + 2.0) / (i + 1.0));
                double b = candidates.logit(candidates.ranked(i)) - (double) candidates.logit(candidates.ranked(i + 1));
                products += t * b;
                squares += t * t;
            }
            double s = products / squares;
            int k = Math.clamp((long) keep(s, candidates.vocabulary()), 1, candidates.count());
            candidates.rank(k);
            candidates.keepRanked(k);
        }

        private double keep(double s, int vocabulary) {
            double epsilon = s - 1;
            double ratio = Math.abs(epsilon) < 1e-9
                    ? 1 / Math.log(vocabulary) // the limit
                    : epsilon / (1 - Math.pow(vocabulary, -epsilon));
            return Math.pow(ratio * Math.pow(2, mu), 1 / s);
        }

        @Override
        public void accept(int id, double probability) {
            mu = adapted(mu, tau, eta, probability);
        }
    }

    /** μ after a draw of {@code probability}; a token that was no candidate teaches nothing. */
    static double adapted(double mu, double tau, double eta, double probability) {
        return probability > 0 ? mu - eta * (-Math.log(probability) / Math.log(2) - tau) : mu;
    }

    @Override
    public String toString() {
        return new LinkText("mirostat")
                .with("tau", tau)
                .with("eta", eta)
                .option("m", m, 100)
                .toString();
    }
}
