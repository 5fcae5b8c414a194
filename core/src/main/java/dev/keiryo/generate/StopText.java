package dev.keiryo.generate;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Watches generated text for stop strings and stop patterns, also across token borders, and lets no part of one through:
 * text that may be the beginning of a stop is held back until it is clear.
 *
 * <p>A pattern stops the text where its leftmost match begins. What it may look behind at is all text so far.
 */
public final class StopText {
    private final List<String> strings;
    private final List<Matcher> patterns;
    private final StringBuilder text = new StringBuilder();
    /** How much of the text has been shown. */
    private int shown;

    private boolean stopped;

    /** @param strings none of them empty */
    public StopText(List<String> strings, List<Pattern> patterns) {
        if (strings.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("an empty stop string would stop everything");
        }
        this.strings = List.copyOf(strings);
        this.patterns = patterns.stream().map(p -> p.matcher("")).toList();
    }

    /** Whether a stop has been met. */
    public boolean stopped() {
        return stopped;
    }

    /** Takes {@code piece}, and gives what may be shown now. */
    public String accept(String piece) {
        if (stopped || piece.isEmpty()) {
            return "";
        }
        text.append(piece);
        int stop = Integer.MAX_VALUE;
        for (String string : strings) {
            int at = text.indexOf(string, shown);
            stop = at >= 0 ? Math.min(stop, at) : stop;
        }
        for (Matcher pattern : patterns) {
            if (find(pattern) && !pattern.requireEnd()) {
                stop = Math.min(stop, pattern.start());
            }
        }
        if (stop < Integer.MAX_VALUE) {
            stopped = true;
            return release(stop);
        }
        int certain = text.length() - longestBeginning();
        for (Matcher pattern : patterns) {
            certain = Math.min(certain, firstBeginning(pattern));
        }
        return release(certain);
    }

    /** What is still held back when nothing follows. */
    public String finish() {
        if (stopped) {
            return "";
        }
        int certain = text.length();
        for (Matcher pattern : patterns) {
            if (find(pattern)) {
                stopped = true;
                certain = Math.min(certain, pattern.start());
            }
        }
        return release(certain);
    }

    /** Where a match could begin if more text came. */
    private int firstBeginning(Matcher pattern) {
        pattern.reset(text).useAnchoringBounds(false).useTransparentBounds(true);
        for (int from = shown; from < text.length(); from++) {
            pattern.region(from, text.length());
            if (pattern.lookingAt() || pattern.hitEnd()) {
                return from;
            }
        }
        return text.length();
    }

    private boolean find(Matcher pattern) {
        pattern.reset(text).useAnchoringBounds(false).useTransparentBounds(true).region(shown, text.length());
        return pattern.find();
    }

    private String release(int end) {
        String out = text.substring(shown, Math.max(shown, end));
        shown = Math.max(shown, end);
        return out;
    }

    /** Length of the longest end of the held text that begins a stop string. */
    private int longestBeginning() {
        int longest = 0;
        for (String string : strings) {
            for (int n = Math.min(string.length() - 1, text.length() - shown); n > longest; n--) {
                if (string.startsWith(text.substring(text.length() - n))) {
                    longest = n;
                }
            }
        }
        return longest;
    }
}
