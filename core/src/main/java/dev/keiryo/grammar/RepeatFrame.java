package dev.keiryo.grammar;

/**
 * A text repeated {@code min} to {@code max} times, or without limit.
 *
 * @param body what is repeated; never the empty text
 */
record RepeatFrame(Frame body, int min, int max) implements Frame {
    /** That many times, or {@link Frame#END} for none. */
    static Frame of(Frame body, int min, int max) {
        return max == 0 ? END : new RepeatFrame(body, min, max);
    }

    @Override
    public boolean mayEnd() {
        return min == 0;
    }

    @Override
    public int shortest() {
        return (int) Math.min(ENDLESS, (long) min * body.shortest());
    }

    @Override
    public void next(int b, Sink sink) {
        sink.call(body, of(body, Math.max(0, min - 1), max == Expression.UNLIMITED ? max : max - 1));
    }

    /** Each repetition takes a byte at least: no more than that many are counted. */
    @Override
    public Frame within(int bytes) {
        int few = Math.min(min, bytes + 1);
        int many = max == Expression.UNLIMITED ? max : Math.min(max, Math.max(few, bytes + 1));
        return few == min && many == max ? this : new RepeatFrame(body, few, many);
    }
}
