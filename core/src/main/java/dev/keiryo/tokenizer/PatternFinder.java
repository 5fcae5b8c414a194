package dev.keiryo.tokenizer;

import java.util.regex.Pattern;

/** Finds where a pattern matches in a stretch of text: one match after the other, never overlapping. */
interface PatternFinder {
    /** Goes to the next match; false where there is none. */
    boolean next();

    int start();

    int end();

    /** Makes finders for a pattern. Immutable and thread-safe. */
    @FunctionalInterface
    interface Factory {
        /**
         * For {@code text[from, to)}; what lies outside is not looked at.
         *
         * <p>{@link #next} throws {@link BacktrackingException} where the pattern takes more than linear time.
         */
        PatternFinder in(String text, int from, int to);

        /** {@code text} with {@code content} for every match. */
        default String replaceAll(String text, String content) {
            PatternFinder finder = in(text, 0, text.length());
            StringBuilder out = new StringBuilder(text.length() + content.length());
            int done = 0;
            while (finder.next()) {
                out.append(text, done, finder.start()).append(content);
                done = finder.end();
            }
            return out.append(text, done, text.length()).toString();
        }

        /** The fastest way to find {@code pattern}. */
        static Factory of(Pattern pattern) {
            SetPattern sets = SetPattern.of(pattern);
            return sets != null ? sets : (text, from, to) -> new BacktrackingFinder(pattern, text, from, to);
        }
    }

    /** How many steps may be taken: real patterns take less than a hundred for each character. */
    static long budget(int length) {
        return 1_000_000 + 1_000L * length;
    }
}
