package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.CodePointSet;
import dev.keiryo.grammar.UnicodeProperty;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses the regular expressions of ECMA-262 in Unicode mode: the ones that are regular. As most engines do outside that
 * mode, it takes escaped punctuation and lone braces for themselves, for schemas are full of them.
 */
final class RegexParser {
    private static final int MOST_LEVELS = 100;

    /** What is wrong with an expression, or has no automaton. */
    static final class Unsupported extends Exception {
        private static final long serialVersionUID = 1L;

        Unsupported(String why) {
            super(why);
        }
    }

    private final int[] text;
    private int at;
    private int level;

    private RegexParser(String text) {
        this.text = text.codePoints().toArray();
    }

    static Regex parse(String text) throws Unsupported {
        RegexParser parser = new RegexParser(text);
        Regex regex = parser.choice();
        if (parser.at < parser.text.length) {
            throw parser.wrong("unmatched )");
        }
        return regex;
    }

    private Unsupported wrong(String problem) {
        return new Unsupported(problem + " at character " + at + " of the regular expression");
    }

    private int peek() {
        return at < text.length ? text[at] : -1;
    }

    private boolean skip(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (at + i >= text.length || text[at + i] != s.charAt(i)) {
                return false;
            }
        }
        at += s.length();
        return true;
    }

    private Regex choice() throws Unsupported {
        if (++level > MOST_LEVELS) {
            throw wrong("groups nested more than " + MOST_LEVELS + " deep");
        }
        List<Regex> options = new ArrayList<>();
        do {
            List<Regex> parts = new ArrayList<>();
            while (peek() != -1 && peek() != '|' && peek() != ')') {
                parts.add(quantified());
            }
            options.add(parts.size() == 1 ? parts.getFirst() : new Regex.Sequence(parts));
        } while (skip("|"));
        level--;
        return options.size() == 1 ? options.getFirst() : new Regex.Choice(options);
    }

    private Regex quantified() throws Unsupported {
        Regex part = atom();
        int least;
        int most;
        if (skip("*")) {
            least = 0;
            most = Regex.Repeat.ENDLESS;
        } else if (skip("+")) {
            least = 1;
            most = Regex.Repeat.ENDLESS;
        } else if (skip("?")) {
            least = 0;
            most = 1;
        } else if (peek() == '{') {
            int start = at++;
            int[] bounds = bounds();
            if (bounds.length == 0) {
                at = start;
                return part;
            }
            least = bounds[0];
            most = bounds[1];
            if (most < least) {
                throw wrong("a quantifier whose bounds are out of order");
            }
        } else {
            return part;
        }
        skip("?"); // which match is preferred does not change what matches
        if (part instanceof Regex.Place || peek() == '*' || peek() == '+' || peek() == '?') {
            throw wrong("nothing to repeat");
        }
        return new Regex.Repeat(part, least, most);
    }

    /** Least and most after a brace; empty where that is no quantifier. */
    private int[] bounds() throws Unsupported {
        int least = number();
        if (least < 0) {
            return new int[0];
        }
        int most = least;
        if (skip(",")) {
            most = peek() == '}' ? Regex.Repeat.ENDLESS : number();
            if (most < 0) {
                return new int[0];
            }
        }
        return skip("}") ? new int[] {least, most} : new int[0];
    }

    private int number() throws Unsupported {
        if (peek() < '0' || peek() > '9') {
            return -1;
        }
        long n = 0;
        while (peek() >= '0' && peek() <= '9') {
            n = 10 * n + text[at++] - '0';
            if (n > 1_000_000_000) {
                throw wrong("a quantifier over 1000000000");
            }
        }
        return (int) n;
    }

    private Regex atom() throws Unsupported {
        int c = text[at++];
        return switch (c) {
            case '^' -> Regex.Place.START;
            case '$' -> Regex.Place.END;
            case '.' -> new Regex.One(CodePointSet.LINE_END.negated());
            case '(' -> group();
            case '[' -> new Regex.One(charClass());
            case '\\' -> {
                if (skip("b")) {
                    yield Regex.Place.WORD_BORDER;
                }
                if (skip("B")) {
                    yield Regex.Place.NO_WORD_BORDER;
                }
                at--;
                CodePointSet named = named();
                at += named == null ? 1 : 0;
                yield new Regex.One(named != null ? named : CodePointSet.of(escape()));
            }
            case '*', '+', '?' -> throw wrong("nothing to repeat");
            default -> new Regex.One(CodePointSet.of(c));
        };
    }

    private Regex group() throws Unsupported {
        if (skip("?=") || skip("?!")) {
            throw wrong("lookahead is not supported:");
        }
        if (skip("?<=") || skip("?<!")) {
            throw wrong("lookbehind is not supported:");
        }
        if (skip("?<")) {
            while (peek() != '>' && peek() != -1) {
                at++;
            }
            at++;
        } else if (peek() == '?' && !skip("?:")) {
            throw wrong("an unknown kind of group");
        }
        Regex inside = at > text.length ? Regex.EMPTY : choice();
        if (!skip(")")) {
            throw wrong("a ) is missing");
        }
        return inside;
    }

    private CodePointSet charClass() throws Unsupported {
        boolean negated = skip("^");
        CodePointSet.Builder set = new CodePointSet.Builder();
        while (!skip("]")) {
            if (peek() == -1) {
                throw wrong("a ] is missing");
            }
            CodePointSet named = named();
            int first = named == null ? character() : -1;
            if (peek() == '-' && at + 1 < text.length && text[at + 1] != ']') {
                at++;
                CodePointSet otherNamed = named();
                int last = otherNamed == null ? character() : -1;
                if (named == null && otherNamed == null) {
                    if (first > last) {
                        throw wrong("a range out of order");
                    }
                    set.add(first, last);
                    continue;
                }
                set.add('-', '-');
                addTo(set, otherNamed, last);
            }
            addTo(set, named, first);
        }
        CodePointSet all = set.build();
        return negated ? all.negated() : all;
    }

    private static void addTo(CodePointSet.Builder set, @Nullable CodePointSet named, int character) {
        if (named == null) {
            set.add(character, character);
        } else {
            set.add(named);
        }
    }

    /** A class with a name, or null where a character follows. */
    private @Nullable CodePointSet named() throws Unsupported {
        if (peek() != '\\' || at + 1 >= text.length) {
            return null;
        }
        int c = text[at + 1];
        if (c > 'z' || "dDwWsSpP".indexOf(c) < 0) {
            return null;
        }
        at += 2;
        CodePointSet set = switch (c | 0x20) {
            case 'd' -> CodePointSet.DIGIT;
            case 'w' -> CodePointSet.WORD;
            case 's' -> CodePointSet.SPACE;
            default -> property();
        };
        return c < 'a' ? set.negated() : set;
    }

    /** A character of a class. */
    private int character() throws Unsupported {
        int c = text[at++];
        return c != '\\' ? c : skip("b") ? '\b' : escape();
    }

    /** What follows a backslash. */
    private int escape() throws Unsupported {
        if (at >= text.length) {
            throw wrong("nothing after a backslash");
        }
        int c = text[at++];
        return switch (c) {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 'f' -> '\f';
            case 'v' -> 0x0B;
            case '0' -> {
                if (peek() >= '0' && peek() <= '9') {
                    throw wrong("an octal escape");
                }
                yield 0;
            }
            case 'c' -> {
                int letter = peek() | 0x20;
                if (letter < 'a' || letter > 'z') {
                    throw wrong("a letter is missing after \\c");
                }
                at++;
                yield letter - 'a' + 1;
            }
            case 'x' -> hex(2);
            case 'u' -> unicode();
            case 'k' -> throw wrong("a backreference is not regular:");
            default -> {
                if (c >= '1' && c <= '9') {
                    throw wrong("a backreference is not regular:");
                }
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    throw wrong("an unknown escape \\" + (char) c);
                }
                yield c;
            }
        };
    }

    private CodePointSet property() throws Unsupported {
        if (skip("{")) {
            StringBuilder name = new StringBuilder();
            while (peek() != '}' && peek() != -1) {
                name.appendCodePoint(text[at++]);
            }
            CodePointSet set = skip("}") ? UnicodeProperty.find(name.toString()) : null;
            if (set != null) {
                return set;
            }
            throw wrong("an unknown property \\p{" + name + "}");
        }
        throw wrong("a { is missing after \\p");
    }

    private int unicode() throws Unsupported {
        if (skip("{")) {
            int value = 0;
            int digits = 0;
            while (peek() != '}') {
                value = value * 16 + digit();
                digits++;
                if (value > Character.MAX_CODE_POINT) {
                    throw wrong("an escape over 10FFFF");
                }
            }
            at++;
            if (digits == 0) {
                throw wrong("hexadecimal digits are missing");
            }
            return value;
        }
        int high = hex(4);
        int before = at;
        if (Character.isHighSurrogate((char) high) && skip("\\u") && peek() != '{') {
            int low = hex(4);
            if (Character.isLowSurrogate((char) low)) {
                return Character.toCodePoint((char) high, (char) low);
            }
        }
        at = before;
        return high;
    }

    private int hex(int digits) throws Unsupported {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            value = value * 16 + digit();
        }
        return value;
    }

    private int digit() throws Unsupported {
        int digit = peek() < 128 ? Character.digit(peek(), 16) : -1;
        if (digit < 0) {
            throw wrong("a hexadecimal digit is missing");
        }
        at++;
        return digit;
    }
}
