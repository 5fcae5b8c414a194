package dev.keiryo.generate;

/**
 * Repetition, frequency and presence penalties over the last {@code lastN} tokens. A token that occurs c > 0 times there
 * gets {@code l' = (l > 0 ? l / repeat : l · repeat) - c · frequency - presence}. In a chain:
 * {@code penalties:repeat=1.1,last_n=64,frequency=0,presence=0}.
 *
 * <p>Source: Keskar et al. 2019, arXiv:1909.05858, section 4.1 (repetition; that negative logits are multiplied is the
 * common correction); OpenAI's API reference (frequency, presence).
 *
 * @param repeat above 0; 1 changes nothing
 * @param lastN tokens, prompt included; -1 for all, 0 changes nothing
 * @param frequency subtracted for each occurrence
 * @param presence subtracted once
 */
public record Penalties(double repeat, int lastN, double frequency, double presence) implements SamplerLink {
    /** The usual window. */
    public static final int LAST_N = 64;

    public Penalties {
        Ranges.check(
                repeat > 0 && repeat < Double.POSITIVE_INFINITY, "penalties", "repeat", "above 0 and finite", repeat);
        Ranges.atLeast(-1, "penalties", "last_n", lastN);
        Ranges.finite("penalties", "frequency", frequency);
        Ranges.finite("penalties", "presence", presence);
    }

    static Penalties of(LinkArguments arguments) {
        return new Penalties(
                arguments.number("repeat", 1),
                arguments.integer("last_n", LAST_N),
                arguments.number("frequency", 0),
                arguments.number("presence", 0));
    }

    @Override
    public Stage start(SamplerRequest request) {
        Candidates.Change change = this::change;
        return candidates -> apply(candidates, request.history(), change);
    }

    private void apply(Candidates candidates, History history, Candidates.Change change) {
        int window = history.window(lastN);
        if (window == 0 || (repeat == 1 && frequency == 0 && presence == 0)) {
            return;
        }
        int[] tallies = candidates.tallies();
        for (int back = 0; back < window; back++) {
            int id = history.last(back);
            if (id < candidates.vocabulary()) {
                tallies[id]++;
            }
        }
        candidates.applyTallies(history, window, change);
    }

    private float change(float logit, int occurrences) {
        double scaled = logit > 0 ? logit / repeat : logit * repeat;
        return (float) (scaled - occurrences * frequency - presence);
    }

    @Override
    public String toString() {
        return new LinkText("penalties")
                .with("repeat", repeat)
                .with("last_n", lastN)
                .option("frequency", frequency, 0)
                .option("presence", presence, 0)
                .toString();
    }
}
