package dev.keiryo.generate;

/**
 * Contrastive search: of the k most probable tokens that the chain leaves, takes the one with the greatest
 *
 * <pre>
 *   (1 - alpha) · p(v) - alpha · max_j cos(h_v, h_j)
 * </pre>
 *
 * where h_v is the hidden state (behind the final norm) that v would have, and h_j are those of all tokens before it. So a
 * token that makes the text go round is not taken, however probable. Deterministic; each step processes k tokens. In a
 * chain: {@code contrastive:k=4,alpha=0.6}.
 *
 * <p>Source: Su et al. 2022, arXiv:2202.06417, equation 5.
 *
 * @param k 1 or more
 * @param alpha from 0, greedy, to 1
 */
public record ContrastiveSearch(int k, double alpha) implements LogitSource {
    public ContrastiveSearch {
        Ranges.atLeast(1, "contrastive", "k", k);
        Ranges.probability("contrastive", "alpha", alpha);
    }

    static ContrastiveSearch of(LinkArguments arguments) {
        return new ContrastiveSearch(arguments.integer("k", 4), arguments.number("alpha", 0.6));
    }

    @Override
    public String toString() {
        return new LinkText("contrastive").with("k", k).with("alpha", alpha).toString();
    }
}
