package dev.keiryo.generate;

/** {@link Dry} at work: the repeats by the Z algorithm, in time linear in the window. */
final class DryStage implements SamplerLink.Stage {
    private final Dry dry;
    private final History history;
    private final DryBreakers breakers;
    private final Candidates.Change change = this::change;
    private final int largestExponent;
    private int[] matches = {};

    DryStage(Dry dry, History history, DryBreakers breakers) {
        this.dry = dry;
        this.history = history;
        this.breakers = breakers;
        // beyond it, the power is no float any more
        double log = Math.log(dry.base());
        largestExponent = log < 1e-6 ? Integer.MAX_VALUE : (int) (Math.log(Float.MAX_VALUE) / log);
    }

    @Override
    public void apply(Candidates candidates) {
        int window = history.window(dry.lastN());
        if (dry.multiplier() == 0 || window <= dry.allowedLength()) {
            return;
        }
        int limit = sinceBreaker(window);
        if (limit < dry.allowedLength()) {
            return;
        }
        match(window);
        int[] tallies = candidates.tallies();
        for (int back = 1; back < window; back++) {
            int length = Math.min(matches[back], limit);
            int next = history.last(back - 1);
            if (length >= dry.allowedLength() && next < candidates.vocabulary() && !breakers.isBreaker(next)) {
                tallies[next] = Math.max(tallies[next], length + 1);
            }
        }
        candidates.applyTallies(history, window, change);
    }

    private float change(float logit, int lengthAndOne) {
        int exponent = Math.min(lengthAndOne - 1 - dry.allowedLength(), largestExponent);
        return (float) (logit - dry.multiplier() * Math.pow(dry.base(), exponent));
    }

    /** Tokens behind the last breaker of the window: no match is longer. */
    private int sinceBreaker(int window) {
        for (int back = 0; back < window; back++) {
            int tail = breakers.longestTail(history, back);
            if (tail >= 0) {
                return back - tail;
            }
        }
        return window;
    }

    /** {@code matches[b]}: how many of the last tokens equal those that end b tokens before the end. */
    private void match(int window) {
        if (matches.length < window) {
            matches = new int[Math.max(window, 2 * matches.length)];
        }
        int from = 0; // the match that reaches furthest back covers [from, to)
        int to = 0;
        for (int back = 1; back < window; back++) {
            int length = back < to ? Math.min(matches[back - from], to - back) : 0;
            while (back + length < window && history.last(length) == history.last(back + length)) {
                length++;
            }
            matches[back] = length;
            if (back + length > to) {
                from = back;
                to = back + length;
            }
        }
    }
}
