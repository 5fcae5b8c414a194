package dev.keiryo.generate;

/**
 * {@code l' = l / t}; 0 leaves the most probable token only. In a chain: {@code temp:0.8}.
 *
 * <p>Source: Ackley, Hinton, Sejnowski 1985, A learning algorithm for Boltzmann machines.
 *
 * @param t 0 or more; below 1 sharpens, above 1 flattens
 */
public record Temperature(double t) implements SamplerLink {
    public Temperature {
        Ranges.atLeast(0, "temp", "t", t);
    }

    static Temperature of(LinkArguments arguments) {
        return new Temperature(arguments.number("t"));
    }

    @Override
    public Stage start(SamplerRequest request) {
        return candidates -> apply(candidates, t);
    }

    static void apply(Candidates candidates, double t) {
        if (t == 0) {
            Greedy.apply(candidates);
        } else {
            candidates.scale(1 / t);
        }
    }

    @Override
    public String toString() {
        return new LinkText("temp").main("t", t).toString();
    }
}
