package dev.keiryo.generate;

/**
 * Keeps the tokens with {@code l_i ≥ max l - n σ}, σ the (population) standard deviation of the candidates' logits;
 * below 0 keeps all. In a chain: {@code top_n_sigma:1}.
 *
 * <p>Source: Tang et al. 2024, arXiv:2411.07641.
 *
 * @param n a number
 */
public record TopNSigma(double n) implements SamplerLink {
    public TopNSigma {
        Ranges.finite("top_n_sigma", "n", n);
    }

    static TopNSigma of(LinkArguments arguments) {
        return new TopNSigma(arguments.number("n"));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return this::apply;
    }

    private void apply(Candidates candidates) {
        if (n < 0) {
            return;
        }
        int count = candidates.count();
        double mean = 0;
        for (int i = 0; i < count; i++) {
            mean += candidates.logit(i);
        }
        mean /= count;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            double deviation = candidates.logit(i) - mean;
            squares += deviation * deviation;
        }
        candidates.keepAtLeast(candidates.max() - n * Math.sqrt(squares / count), 1);
    }

    @Override
    public String toString() {
        return new LinkText("top_n_sigma").main("n", n).toString();
    }
}
