package dev.keiryo.train.optimize;

/**
 * A part of a run: so many steps, or a share of all its steps. As text {@code 100} or {@code 5%}.
 *
 * @param amount steps, a whole number; or, where {@code isShare}, of 1
 */
public record Span(double amount, boolean isShare) {
    /** No steps. */
    public static final Span NONE = steps(0);

    public Span {
        if (isShare ? !(amount >= 0 && amount <= 1) : !(amount >= 0 && amount <= 1e15 && amount == Math.rint(amount))) {
            throw new IllegalArgumentException(
                    isShare
                            ? "a share of a run is between 0% and 100%, but is " + 100 * amount + "%"
                            : "a number of steps is a whole number, 0 or more, but is " + amount);
        }
    }

    /** So many steps. */
    public static Span steps(long steps) {
        return new Span(steps, false);
    }

    /** A share of a run, of 1. */
    public static Span share(double share) {
        return new Span(share, true);
    }

    /** @throws IllegalArgumentException where {@code text} is neither */
    public static Span parse(String text) {
        String stripped = text.strip();
        boolean percent = stripped.endsWith("%");
        double value;
        try {
            value = Double.parseDouble(percent ? stripped.substring(0, stripped.length() - 1) : stripped);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "should be a number of steps, as in 100, or a share of the run, as in 5%, but is '" + text + "'",
                    e);
        }
        return percent ? new Span(value / 100, true) : new Span(value, false);
    }

    /** How many steps of a run of {@code total}; none more than there are. */
    public long of(long total) {
        return Math.min(total, isShare ? Math.round(amount * total) : (long) amount);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return isShare ? NamedText.plain(Math.rint(amount * 1e14) / 1e12) + "%" : NamedText.plain(amount);
    }
}
