package dev.keiryo.generate;

/**
 * Bans each token that would complete an n-gram which the history (prompt included) has already. In a chain:
 * {@code no_repeat_ngram:3}.
 *
 * <p>Source: Paulus, Xiong, Socher 2017, arXiv:1705.04304, section 2.5.
 *
 * @param n 1 or more; 0 bans nothing
 */
public record NoRepeatNgram(int n) implements SamplerLink {
    public NoRepeatNgram {
        Ranges.atLeast(0, "no_repeat_ngram", "n", n);
    }

    static NoRepeatNgram of(LinkArguments arguments) {
        return new NoRepeatNgram(arguments.integer("n"));
    }

    @Override
    public Stage start(SamplerRequest request) {
        Candidates.Change ban = (logit, tally) -> Float.NEGATIVE_INFINITY;
        return candidates -> apply(candidates, request.history(), ban);
    }

    private void apply(Candidates candidates, History history, Candidates.Change ban) {
        int size = history.size();
        if (n == 0 || size < n) {
            return;
        }
        int[] tallies = candidates.tallies();
        for (int at = n - 1; at < size; at++) {
            int id = history.get(at);
            if (id < candidates.vocabulary() && followsTheSame(history, at)) {
                tallies[id] = 1;
            }
        }
        candidates.applyTallies(history, size, ban);
        candidates.dropImpossible();
    }

    /** Whether the n - 1 tokens before position {@code at} are the last ones of the history. */
    private boolean followsTheSame(History history, int at) {
        for (int back = 1; back < n; back++) {
            if (history.get(at - back) != history.last(back - 1)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return new LinkText("no_repeat_ngram").main("n", n).toString();
    }
}
