package dev.keiryo.generate;

import java.util.List;

/**
 * Watches generated text for stop strings, also across token borders, and lets no part of one through: text that may be
 * the beginning of a stop string is held back until it is clear.
 */
public final class StopStrings {
    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    public StopStrings(List<String> stops) {
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("an empty stop string would stop everything");
        }
        this.stops = List.copyOf(stops);
    }

    /** Whether a stop string has been met. */
    public boolean stopped() {
        return stopped;
    }

    /** Takes {@code text}, and gives what may be shown now. */
    public String accept(String text) {
        if (stopped) {
            return "";
        }
        held.append(text);
        int first = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (first < 0 || at < first)) {
                first = at;
            }
        }
        if (first >= 0) {
            stopped = true;
            return release(first);
        }
        return release(held.length() - longestBeginning());
    }

    /** What is still held back when nothing follows. */
    public String finish() {
        return stopped ? "" : release(held.length());
    }

    private String release(int length) {
        String out = held.substring(0, length);
        held.delete(0, length);
        return out;
    }

    /** Length of the longest end of the held text that begins a stop string. */
    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
                if (stop.startsWith(held.substring(held.length() - n))) {
                    longest = n;
                }
            }
        }
        return longest;
    }
}
