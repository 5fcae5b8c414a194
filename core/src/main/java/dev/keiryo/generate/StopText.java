package dev.keiryo.generate;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Watches generated text for stop strings and stop patterns, also across token borders, and lets no part of one through:
 * text that may be the beginning of a stop is held back until it is clear.
 *
 * <p>A pattern stops the text where its leftmost match begins. What it may look behind at is all text so far. No more than
 * {@link #HELD} characters are held back: a match of a pattern that reaches further has then been shown in part. A pattern
 * that takes very long is an {@link IllegalArgumentException}.
 */
public final class StopText {
    /** Characters that are held back at most. */
    static final int HELD = 4096;

    /** Looks at characters that a pattern may take for one piece of text. */
    private static final int PATIENCE = 20_000_000;

    private final List<String> strings;
    private final List<Matcher> patterns;
    private final StringBuilder text = new StringBuilder();
    private final Counted counted = new Counted();
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
        prepare(pattern);
        for (int from = Math.max(shown, text.length() - HELD); from < text.length(); from++) {
            pattern.region(from, text.length());
            if (matches(pattern, true) || pattern.hitEnd()) {
                return from;
            }
        }
        return text.length();
    }

    private boolean find(Matcher pattern) {
        prepare(pattern);
        return matches(pattern.region(shown, text.length()), false);
    }

    private void prepare(Matcher pattern) {
        counted.looks = 0;
        pattern.reset(counted).useAnchoringBounds(false).useTransparentBounds(true);
    }

    private static boolean matches(Matcher pattern, boolean here) {
        try {
            return here ? pattern.lookingAt() : pattern.find();
        } catch (StackOverflowError e) {
            throw tooLong(pattern.pattern());
        } catch (TooLong e) {
            throw tooLong(pattern.pattern());
        }
    }

    private static IllegalArgumentException tooLong(Pattern pattern) {
        return new IllegalArgumentException("the stop pattern " + pattern
                + " takes too long on this text; write it without a repetition in a repetition");
    }

    /** A pattern has looked at too many characters. */
    private static final class TooLong extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooLong() {
            super(null, null, false, false);
        }
    }

    /** The text, whose characters are counted as they are looked at: a pattern may take exponential time. */
    private final class Counted implements CharSequence {
        private int looks;

        @Override
        public char charAt(int index) {
            if (++looks > PATIENCE) {
                throw new TooLong();
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int from, int to) {
            return text.subSequence(from, to);
        }

        @Override
        public String toString() {
            return text.toString();
        }
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
