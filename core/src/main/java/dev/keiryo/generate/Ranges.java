package dev.keiryo.generate;

/** Checks of the parameters of links. */
final class Ranges {
    private Ranges() {}

    static void check(boolean holds, String link, String parameter, String range, double value) {
        if (!holds) {
            throw new IllegalArgumentException(
                    link + ": " + parameter + " should be " + range + ", but is " + LinkText.format(value));
        }
    }

    static void probability(String link, String parameter, double value) {
        check(value >= 0 && value <= 1, link, parameter, "from 0 to 1", value);
    }

    static void atLeast(double least, String link, String parameter, double value) {
        check(
                value >= least && value < Double.POSITIVE_INFINITY,
                link,
                parameter,
                "at least " + LinkText.format(least),
                value);
    }

    static void finite(String link, String parameter, double value) {
        check(Double.isFinite(value), link, parameter, "a finite number", value);
    }

    static void ids(String link, Iterable<Integer> ids) {
        for (int id : ids) {
            atLeast(0, link, "a token id", id);
        }
    }
}
