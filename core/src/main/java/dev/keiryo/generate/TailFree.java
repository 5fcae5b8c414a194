package dev.keiryo.generate;

/**
 * Tail-free sampling: cuts where the descending probabilities stop bending. With {@code d_i = |p_i - 2 p_{i+1} + p_{i+2}|}
 * divided by their sum, the first i with {@code d_0 + … + d_i > z} ends the set, which is {@code p_0 … p_i}; the last
 * token is never in it. 1 keeps all, and so do fewer than three candidates. In a chain: {@code tail_free:0.95}.
 *
 * <p>Source: Bricken 2019, Tail Free Sampling; where exactly the cut lies, as in KoboldAI and text-generation-webui.
 *
 * @param z from 0 to 1
 * @param minKeep tokens that are kept in any case; 0 is 1
 */
public record TailFree(double z, int minKeep) implements SamplerLink {
    public TailFree {
        Ranges.probability("tail_free", "z", z);
        Ranges.atLeast(0, "tail_free", "min_keep", minKeep);
    }

    static TailFree of(LinkArguments arguments) {
        return new TailFree(arguments.number("z"), arguments.integer("min_keep", 1));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return this::apply;
    }

    private void apply(Candidates candidates) {
        int bends = candidates.count() - 2;
        if (z >= 1 || bends < 1) {
            return;
        }
        candidates.sort();
        double sum = 0;
        for (int i = 0; i < bends; i++) {
            sum += bend(candidates, i);
        }
        int last = 0;
        for (double reached = bend(candidates, 0); last < bends && reached <= z * sum; ) {
            last++;
            reached += last < bends ? bend(candidates, last) : 0;
        }
        int keep = Math.min(Math.max(last + 1, minKeep), candidates.count());
        candidates.rank(keep);
        candidates.keepRanked(keep);
    }

    private static double bend(Candidates candidates, int i) {
        return Math.abs(candidates.probability(i) - 2 * candidates.probability(i + 1) + candidates.probability(i + 2));
    }

    @Override
    public String toString() {
        return new LinkText("tail_free")
                .main("z", z)
                .option("min_keep", minKeep, 1)
                .toString();
    }
}
