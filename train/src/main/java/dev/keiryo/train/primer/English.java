package dev.keiryo.train.primer;

import java.util.regex.Pattern;

/** English spelling: articles and great letters. */
final class English {
    /** What comes after speech where the sentence goes on. */
    private static final Pattern SAID =
            Pattern.compile(" (?:[^\\s.!?\"]+ ){0,3}(?:said|asked|cried|shouted|thought|called)\\b");

    private English() {}

    static String capital(String word) {
        return word.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }

    /** With a small first letter, but for "I". */
    static String uncapital(String words) {
        return words.isEmpty() || words.startsWith("I ") || words.startsWith("I'")
                ? words
                : Character.toLowerCase(words.charAt(0)) + words.substring(1);
    }

    /** {@code a} or {@code an} before a word, by its first letter. */
    static String a(String words) {
        boolean vowel = "aeio".indexOf(Character.toLowerCase(words.charAt(0))) >= 0
                || words.startsWith("umbrella")
                || words.startsWith("ugly");
        return (vowel ? "an " : "a ") + words;
    }

    /**
     * Great first letters of sentences: at the start, after a full stop, an exclamation or question mark and a space, and where direct speech opens. What follows direct speech
     * stays as it is where it says who spoke.
     */
    static String sentences(String text) {
        StringBuilder out = new StringBuilder(text.length());
        boolean great = true;
        boolean quoted = false;
        boolean spoken = false; // within this sentence
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (great && Character.isLetterOrDigit(c)) {
                out.append(Character.toUpperCase(c));
                great = false;
                continue;
            }
            out.append(c);
            if (c == '"') {
                String before = text.substring(0, i).stripTrailing();
                if (quoted) {
                    boolean over = ".!?".indexOf(before.charAt(before.length() - 1)) >= 0
                            && !SAID.matcher(text).region(i + 1, text.length()).lookingAt();
                    spoken = !over;
                    great = over;
                } else {
                    great |= !spoken && (before.endsWith(",") || before.endsWith(":"));
                }
                quoted = !quoted;
            } else if ((c == '.' || c == '!' || c == '?')
                    && i + 1 < text.length()
                    && Character.isWhitespace(text.charAt(i + 1))) {
                great = true;
                spoken &= quoted;
            }
        }
        return out.toString();
    }
}
