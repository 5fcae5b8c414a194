package dev.keiryo.cli;

import java.util.Map;

/** How a terminal tells kinds of text apart; anything else, and whoever set NO_COLOR, gets plain text. */
enum Style {
    /** What the user gave. */
    GIVEN("\u001b[36m"),
    /** What is worth less attention. */
    DIM("\u001b[2m");

    private static final String RESET = "\u001b[0m";

    private final String begin;

    Style(String begin) {
        this.begin = begin;
    }

    String of(String text, boolean styled) {
        return styled && !text.isEmpty() ? begin + text + RESET : text;
    }

    /** Whether a stream is to be styled. By <a href="https://no-color.org">no-color.org</a>, and a terminal that can. */
    static boolean wanted(boolean terminal, Map<String, String> environment) {
        return terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !environment.getOrDefault("TERM", "dumb").equals("dumb");
    }
}
