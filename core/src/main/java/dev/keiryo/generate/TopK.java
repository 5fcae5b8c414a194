package dev.keiryo.generate;

/**
 * Keeps the {@code k} most probable tokens; 0 or -1 keeps all. In a chain: {@code top_k:40}.
 *
 * <p>Source: Fan, Lewis, Dauphin 2018, arXiv:1805.04833.
 *
 * @param k -1 or more
 */
public record TopK(int k) implements SamplerLink {
    public TopK {
        Ranges.atLeast(-1, "top_k", "k", k);
    }

    static TopK of(LinkArguments arguments) {
        return new TopK(arguments.integer("k"));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return this::apply;
    }

    private void apply(Candidates candidates) {
        if (k > 0 && k < candidates.count()) {
            candidates.rank(k);
            candidates.keepRanked(k);
        }
    }

    @Override
    public String toString() {
        return new LinkText("top_k").main("k", k).toString();
    }
}
