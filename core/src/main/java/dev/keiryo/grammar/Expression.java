package dev.keiryo.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A grammar's right-hand side, or a regular expression, over Unicode characters: what GBNF and regular expressions are
 * read into. {@link #compile} makes a {@link Frame} of it.
 */
public sealed interface Expression {
    /** Without an upper limit. */
    int UNLIMITED = Integer.MAX_VALUE;

    /** One character of a set; an empty set is never matched. */
    record Characters(CodePointSet set) implements Expression {}

    /** One byte, 0 to 255, from {@code from} to {@code to}, whether or not it is part of a character. */
    record Bytes(int from, int to) implements Expression {
        public Bytes {
            if (from < 0 || to > 255 || from > to) {
                throw new IllegalArgumentException("no bytes: " + from + " to " + to);
            }
        }
    }

    /** One after the other. */
    record Sequence(List<Expression> parts) implements Expression {
        /** The empty text. */
        public static final Sequence EMPTY = new Sequence(List.of());

        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    /** Any one of them; none of none. */
    record Choice(List<Expression> options) implements Expression {
        public Choice {
            options = List.copyOf(options);
        }
    }

    /** {@code min} to {@code max} times, {@link #UNLIMITED} for no limit. */
    record Repeat(Expression body, int min, int max) implements Expression {
        public Repeat {
            if (min < 0 || max < min) {
                throw new IllegalArgumentException("cannot be repeated {%d,%d} times".formatted(min, max));
            }
        }
    }

    /** What the rule of that name says. */
    record Rule(String name) implements Expression {}

    /** {@code text}, character for character. */
    static Expression literal(String text) {
        return new Sequence(text.codePoints()
                .<Expression>mapToObj(c -> new Characters(CodePointSet.of(c)))
                .toList());
    }

    /** {@code text}, spelled, or as the control token of that name; see {@link Frame#CONTROL}. */
    static Expression mark(String text) {
        return sequence(new Repeat(new Bytes(Frame.CONTROL, Frame.CONTROL), 0, 1), literal(text));
    }

    /** Any one of {@code texts}. */
    static Expression choice(List<String> texts) {
        return new Choice(texts.stream().map(Expression::literal).toList());
    }

    /** One after the other. */
    static Expression sequence(Expression... parts) {
        return new Sequence(List.of(parts));
    }

    /** This with every set of characters replaced, e.g. by the ways in which JSON spells them. */
    default Expression mapCharacters(Function<CodePointSet, Expression> spelling) {
        return switch (this) {
            case Characters c -> spelling.apply(c.set);
            case Bytes b -> b;
            case Sequence s -> new Sequence(map(s.parts, spelling));
            case Choice c -> new Choice(map(c.options, spelling));
            case Repeat r -> new Repeat(r.body.mapCharacters(spelling), r.min, r.max);
            case Rule r -> r;
        };
    }

    private static List<Expression> map(List<Expression> parts, Function<CodePointSet, Expression> spelling) {
        List<Expression> mapped = new ArrayList<>();
        for (Expression part : parts) {
            mapped.add(part.mapCharacters(spelling));
        }
        return mapped;
    }

    /**
     * The texts that this expression matches as a whole, in UTF-8.
     *
     * @throws IllegalArgumentException where it names a rule, matches nothing at all, or is too large
     */
    default Frame compile() {
        return compile(Map.of("root", this), "root");
    }

    /**
     * The texts that the rule {@code root} matches as a whole, in UTF-8.
     *
     * @throws IllegalArgumentException where a rule is missing, begins with itself, or matches nothing at all, or they
     *     are too large
     */
    static Frame compile(Map<String, Expression> rules, String root) {
        return Rules.compile(rules, root);
    }
}
