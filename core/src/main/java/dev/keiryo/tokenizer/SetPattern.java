package dev.keiryo.tokenizer;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression that repeats sets of characters and nothing else, as the patterns of nearly all vocabularies do:
 * alternatives of sequences of {@code X}, {@code X?}, {@code X*}, {@code X+}, {@code X{n,m}}, their possessive forms,
 * {@code (?=X)}, {@code (?!X)}, {@code \z}, and alternatives in parentheses, which may be optional. It matches what {@link Pattern}
 * does, several times faster: a set is a table.
 */
final class SetPattern implements PatternFinder.Factory {
    private final Pattern pattern;
    private final Node root;

    private SetPattern(Pattern pattern, Node root) {
        this.pattern = pattern;
        this.root = root;
    }

    /** Null where {@code pattern} holds anything else. */
    static @Nullable SetPattern of(Pattern pattern) {
        Node root = new SetPatternParser(pattern).parse();
        return root == null ? null : new SetPattern(pattern, root);
    }

    @Override
    public PatternFinder in(String text, int from, int to) {
        return new Search(this, text, from, to);
    }

    /** A state and, within it, the states behind it. */
    sealed interface Node {
        /** Where the rest of the pattern ends if it starts at {@code at}, or -1. */
        int match(Search search, int at);
    }

    /** The end of the pattern. */
    record End() implements Node {
        @Override
        public int match(Search search, int at) {
            return at;
        }
    }

    /** Between {@code min} and {@code max} characters of a set, as many as possible; possessive: never fewer. */
    record Run(CharacterSet set, int min, int max, boolean possessive, Node next) implements Node {
        @Override
        public int match(Search search, int start) {
            int at = start;
            int count = 0;
            while (count < max && at < search.to) {
                int c = search.codePointAt(at);
                if (!set.contains(c)) {
                    break;
                }
                at += Character.charCount(c);
                count++;
            }
            search.spend(1 + count);
            while (count >= min) {
                int end = next.match(search, at);
                if (end >= 0 || possessive || count == 0) {
                    return end;
                }
                at -= Character.charCount(search.text.codePointBefore(at));
                count--;
            }
            return -1;
        }
    }

    /** One character of a set comes next, or does not. */
    record Look(CharacterSet set, boolean wanted, Node next) implements Node {
        @Override
        public int match(Search search, int at) {
            search.spend(1);
            boolean there = at < search.to && set.contains(search.codePointAt(at));
            return there == wanted ? next.match(search, at) : -1;
        }
    }

    /** The text ends here. */
    record Bottom(Node next) implements Node {
        @Override
        public int match(Search search, int at) {
            search.spend(1);
            return at == search.to ? next.match(search, at) : -1;
        }
    }

    /** The first alternative that leads to a match. */
    record Choice(List<Node> alternatives) implements Node {
        @Override
        public int match(Search search, int at) {
            for (int i = 0; i < alternatives.size(); i++) {
                int end = alternatives.get(i).match(search, at);
                if (end >= 0) {
                    return end;
                }
            }
            return -1;
        }
    }

    /** One text being searched. */
    static final class Search implements PatternFinder {
        private final SetPattern sets;
        private final String text;
        private final int to;
        private long left;
        private int position;
        private int start;
        private int end;

        private Search(SetPattern sets, String text, int from, int to) {
            this.sets = sets;
            this.text = text;
            this.to = to;
            position = from;
            left = PatternFinder.budget(to - from);
        }

        @Override
        public boolean next() {
            for (int at = position; at <= to; at += at < to ? Character.charCount(codePointAt(at)) : 1) {
                int found = sets.root.match(this, at);
                if (found >= 0) {
                    start = at;
                    end = found;
                    // an empty match must not be found again
                    position = found > at ? found : at < to ? at + Character.charCount(codePointAt(at)) : to + 1;
                    return true;
                }
            }
            position = to + 1;
            return false;
        }

        @Override
        public int start() {
            return start;
        }

        @Override
        public int end() {
            return end;
        }

        private int codePointAt(int at) {
            char c = text.charAt(at);
            return Character.isHighSurrogate(c) && at + 1 < to ? text.codePointAt(at) : c;
        }

        private void spend(int steps) {
            left -= steps;
            if (left < 0) {
                throw new BacktrackingException(sets.pattern.pattern());
            }
        }
    }
}
