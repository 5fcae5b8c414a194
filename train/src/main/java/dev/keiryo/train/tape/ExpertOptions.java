package dev.keiryo.train.tape;

/**
 * How a mixture of experts is kept balanced while it learns. What inference does is the architecture's {@code Routing}; these are
 * added to it in training alone.
 *
 * @param choice who chooses whom
 * @param balance α of the load-balancing loss {@code α·N·Σ_e f_e·P_e} of a layer with N experts, f being the share of
 *     choices that fell on an expert and P its mean probability: 1·α where all are alike. Fedus et al. 2021, arXiv:2101.03961, equation 4
 * @param zLoss β of {@code β·mean((log Σ exp z)²)}, which keeps the router's logits z small. Zoph et al. 2022, arXiv:2202.08906
 * @param capacity tokens that an expert takes at most, as a multiple of its share if all experts had as many; 0 for no limit
 * @param overflow what becomes of tokens that an expert has no room for
 * @param noise standard deviation of what is added to the router's logits. Shazeer et al. 2017, arXiv:1701.06538
 * @param dropout within experts, between their two layers
 */
public record ExpertOptions(
        Choice choice, double balance, double zLoss, double capacity, Overflow overflow, double noise, double dropout) {
    /** Neither losses nor limits. */
    public static final ExpertOptions NONE = new ExpertOptions(Choice.BY_TOKENS, 0, 0, 0, Overflow.DROP, 0, 0);

    /** Who chooses. */
    public enum Choice {
        /** Each token its best experts: top-1 is Switch, top-2 GShard (Lepikhin et al. 2020, arXiv:2006.16668). */
        BY_TOKENS,
        /**
         * Each expert its best tokens, as many as its capacity: balanced by nature, but what a token gets depends on those behind it.
         * Zhou et al. 2022, arXiv:2202.09368
         */
        BY_EXPERTS
    }

    /** For a token that its expert has no room for. */
    public enum Overflow {
        /** It goes without: its residual stream alone goes on. */
        DROP,
        /** It takes the best expert that has room. */
        REROUTE
    }

    public ExpertOptions {
        if (!(balance >= 0 && zLoss >= 0 && capacity >= 0 && noise >= 0 && dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("balance " + balance + ", z-loss " + zLoss + ", capacity " + capacity
                    + ", noise " + noise + " and dropout " + dropout + " should not be negative, dropout below 1");
        }
        if (choice == Choice.BY_EXPERTS && capacity == 0) {
            throw new IllegalArgumentException("experts that choose need a capacity: how many tokens each takes");
        }
    }

    public ExpertOptions withBalance(double alpha) {
        return new ExpertOptions(choice, alpha, zLoss, capacity, overflow, noise, dropout);
    }

    public ExpertOptions withZLoss(double beta) {
        return new ExpertOptions(choice, balance, beta, capacity, overflow, noise, dropout);
    }

    public ExpertOptions withCapacity(double factor, Overflow whenFull) {
        return new ExpertOptions(choice, balance, zLoss, factor, whenFull, noise, dropout);
    }

    public ExpertOptions withChoice(Choice whose) {
        return new ExpertOptions(whose, balance, zLoss, capacity, overflow, noise, dropout);
    }

    public ExpertOptions withNoise(double deviation) {
        return new ExpertOptions(choice, balance, zLoss, capacity, overflow, deviation, dropout);
    }

    public ExpertOptions withDropout(double p) {
        return new ExpertOptions(choice, balance, zLoss, capacity, overflow, noise, p);
    }
}
