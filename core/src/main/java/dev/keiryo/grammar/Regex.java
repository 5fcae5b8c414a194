package dev.keiryo.grammar;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.Expression.Characters;
import dev.keiryo.grammar.Expression.Repeat;
import dev.keiryo.grammar.Expression.Sequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads regular expressions, as far as RE2 and ECMA-262 (with its flag u) have them in common: characters and escapes, classes,
 * {@code . \d \w \s \p{…}}, {@code [[:alpha:]]}, groups of every kind, alternatives, repetitions (greedy or not, which is all the
 * same for whether a text matches), {@code ^ $ \A \z}, and the flags {@code (?i)} and {@code (?s)}. Where the two differ,
 * it is ECMA-262 that counts: {@code \s} is all of Unicode's white space, {@code .} is no line end.
 *
 * <p>What no automaton can do (lookaround, backreferences, word boundaries) is an {@link UnenforceableException}.
 */
public final class Regex {
    /** Characters of an expression. */
    private static final int LONGEST = 1 << 20;

    private final TextCursor in;
    private final RegexSets sets;
    private boolean ignoreCase;
    private boolean dotAll;
    private boolean quoted;

    private Regex(String pattern) throws FormatException {
        String source = "regular expression " + (pattern.length() > 60 ? pattern.substring(0, 60) + "…" : pattern);
        if (pattern.length() > LONGEST) {
            throw new FormatException(source, "longer than " + LONGEST + " characters");
        }
        in = new TextCursor(source, pattern);
        sets = new RegexSets(in, source);
    }

    /**
     * The texts that {@code pattern} matches from their beginning to their end.
     *
     * @throws FormatException where it is no regular expression
     * @throws UnenforceableException where it uses what no automaton can do
     */
    public static Expression whole(String pattern) throws FormatException {
        return new Regex(pattern).parse().whole();
    }

    /** The texts that {@code pattern} matches somewhere in; errors as for {@link #whole}. */
    public static Expression somewhere(String pattern) throws FormatException {
        return new Regex(pattern).parse().somewhere();
    }

    /** The language of {@link #whole}, compiled; too large an expression is a {@link FormatException}, too. */
    public static Frame compile(String pattern) throws FormatException {
        try {
            return whole(pattern).compile();
        } catch (UnenforceableException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw new FormatException("regular expression " + pattern, String.valueOf(e.getMessage()), e);
        }
    }

    private Anchored parse() throws FormatException {
        Anchored all = alternatives();
        if (in.peek() != TextCursor.END) {
            throw in.error("expected no closing parenthesis");
        }
        return all;
    }

    private Anchored alternatives() throws FormatException {
        boolean outerCase = ignoreCase;
        boolean outerDot = dotAll;
        Anchored all = sequence();
        while (in.accept("|")) {
            all = all.or(sequence());
        }
        ignoreCase = outerCase;
        dotAll = outerDot;
        return all;
    }

    private Anchored sequence() throws FormatException {
        List<Expression> plain = new ArrayList<>();
        Anchored all = Anchored.of(Expression.Sequence.EMPTY);
        while (in.peek() != TextCursor.END && (quoted || (in.peek() != '|' && in.peek() != ')'))) {
            Anchored part = atom();
            part = quoted ? part : repeated(part);
            if (part.isPlain()) {
                plain.add(part.whole()); // long literals are one sequence
            } else {
                all = all.then(Anchored.of(new Sequence(plain))).then(part);
                plain.clear();
            }
        }
        return all.then(Anchored.of(plain.size() == 1 ? plain.getFirst() : new Sequence(plain)));
    }

    private Anchored repeated(Anchored atom) throws FormatException {
        int at = in.position();
        int min;
        int max;
        if (in.accept("*")) {
            min = 0;
            max = Expression.UNLIMITED;
        } else if (in.accept("+")) {
            min = 1;
            max = Expression.UNLIMITED;
        } else if (in.accept("?")) {
            min = 0;
            max = 1;
        } else if (isCount()) {
            in.require("{");
            min = in.number();
            max = !in.accept(",") ? min : in.isDigit() ? in.number() : Expression.UNLIMITED;
            if (max < min) {
                throw in.error("expected at least " + min + " repetitions at most");
            }
            in.require("}");
        } else {
            return atom;
        }
        in.accept("?"); // as few as possible: the same texts
        if (in.startsWith("*") || in.startsWith("+") || in.startsWith("?") || isCount()) {
            throw in.error("expected no second repetition: possessive ones cannot be enforced, others need a group");
        }
        if (atom.isPlain()) {
            return Anchored.of(new Repeat(atom.whole(), min, max));
        }
        if (max > 1) {
            in.seek(at);
            throw in.error("^ and $ cannot be repeated");
        }
        return min == 1 ? atom : atom.or(Anchored.of(Expression.Sequence.EMPTY));
    }

    /** Whether a repetition comes next; any other brace stands for itself. */
    private boolean isCount() {
        int at = in.position();
        boolean count = in.accept("{") && in.isDigit();
        while (in.isDigit()) {
            in.next();
        }
        if (in.accept(",")) {
            while (in.isDigit()) {
                in.next();
            }
        }
        count &= in.accept("}");
        in.seek(at);
        return count;
    }

    private Anchored atom() throws FormatException {
        if (in.accept("^") || in.accept("\\A")) {
            return Anchored.START;
        }
        if (in.accept("$") || in.accept("\\z")) {
            return Anchored.END;
        }
        if (in.startsWith("(")) {
            return group();
        }
        if (quoted || in.accept("\\Q")) {
            return quoted();
        }
        if (in.startsWith("*") || in.startsWith("+") || in.startsWith("?") || isCount()) {
            throw in.error("expected something to repeat");
        }
        CodePointSet set = in.startsWith("[")
                ? sets.bracket(ignoreCase)
                : in.accept(".") ? dotAll ? CodePointSet.ALL : RegexSets.NO_LINE_END : sets.one();
        return Anchored.of(new Characters(ignoreCase ? set.ignoringCase() : set));
    }

    /** The next character between {@code \Q} and {@code \E}, of which the last may be repeated. */
    private Anchored quoted() {
        quoted = true;
        Anchored c = Anchored.of(Expression.Sequence.EMPTY);
        if (!in.startsWith("\\E") && in.peek() != TextCursor.END) {
            CodePointSet one = CodePointSet.of(in.next());
            c = Anchored.of(new Characters(ignoreCase ? one.ignoringCase() : one));
        }
        quoted = !in.accept("\\E") && in.peek() != TextCursor.END;
        return c;
    }

    private Anchored group() throws FormatException {
        in.enter();
        in.require("(");
        boolean outerCase = ignoreCase;
        boolean outerDot = dotAll;
        if (in.startsWith("?")) {
            sets.refuse("(?=", "lookahead");
            sets.refuse("(?!", "negative lookahead");
            sets.refuse("(?<=", "lookbehind");
            sets.refuse("(?<!", "negative lookbehind");
            sets.refuse("(?>", "atomic group");
            sets.refuse("(?P=", "backreference");
            sets.refuse("(?(", "conditional");
            in.require("?");
            if (in.accept("P<") || in.accept("<")) {
                int from = in.position();
                while (in.peek() == '_' || in.peek() == '$' || Character.isLetterOrDigit(in.peek())) {
                    in.next();
                }
                if (in.position() == from) {
                    throw in.error("expected a group's name");
                }
                in.require(">");
            } else if (!in.accept(":")) {
                flags();
                if (in.accept(")")) {
                    in.leave();
                    return Anchored.of(Expression.Sequence.EMPTY); // to the end of the enclosing group
                }
                in.require(":");
            }
        }
        Anchored inside = alternatives();
        in.require(")");
        in.leave();
        ignoreCase = outerCase;
        dotAll = outerDot;
        return inside;
    }

    private void flags() throws FormatException {
        boolean on = true;
        while (true) {
            if (in.accept("-")) {
                on = false;
            } else if (in.accept("i")) {
                ignoreCase = on;
            } else if (in.accept("s")) {
                dotAll = on;
            } else if (!in.accept("u") && !in.accept("U")) {
                if (in.peek() != ':' && in.peek() != ')') {
                    throw in.error("expected a flag, i or s");
                }
                return;
            }
        }
    }
}
