package dev.keiryo.generate;

/** Leaves the most probable token only, of equals the one with the lowest id. In a chain: {@code greedy}. */
public record Greedy() implements SamplerLink {
    @Override
    public Stage start(SamplerRequest request) {
        return Greedy::apply;
    }

    static void apply(Candidates candidates) {
        candidates.rank(1);
        candidates.keepRanked(Math.min(1, candidates.count()));
    }

    @Override
    public String toString() {
        return "greedy";
    }
}
