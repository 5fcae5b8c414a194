package dev.keiryo.grammar;

import dev.keiryo.grammar.Expression.Bytes;
import dev.keiryo.grammar.Expression.Characters;
import dev.keiryo.grammar.Expression.Choice;
import dev.keiryo.grammar.Expression.Repeat;
import dev.keiryo.grammar.Expression.Rule;
import dev.keiryo.grammar.Expression.Sequence;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which expressions match the empty text, and what they match besides. */
final class EmptyTexts {
    /** Marks the rule that matches what another does, but not the empty text; no grammar can name it so. */
    static final String NOT_EMPTY = "\0not empty";

    private static final int MOST_PARTS = 200;

    private final Set<String> possible = new HashSet<>();

    EmptyTexts(Map<String, Expression> rules) {
        List<String> names = new ArrayList<>(rules.keySet());
        boolean changed = true;
        while (changed) {
            changed = false;
            for (String name : names) {
                Expression body = rules.get(name);
                if (body != null && !possible.contains(name) && isPossible(body)) {
                    possible.add(name);
                    changed = true;
                }
            }
            names = names.reversed(); // a chain of rules is short one way or the other
        }
    }

    boolean isPossible(Expression expression) {
        return switch (expression) {
            case Characters c -> false;
            case Bytes b -> false;
            case Sequence s -> {
                for (Expression part : s.parts()) {
                    if (!isPossible(part)) {
                        yield false;
                    }
                }
                yield true;
            }
            case Choice c -> {
                for (Expression option : c.options()) {
                    if (isPossible(option)) {
                        yield true;
                    }
                }
                yield false;
            }
            case Repeat r -> r.min() == 0 || isPossible(r.body());
            case Rule r -> possible.contains(r.name());
        };
    }

    /** What {@code expression} matches, without the empty text. */
    Expression without(Expression expression) {
        if (!isPossible(expression)) {
            return expression;
        }
        return switch (expression) {
            case Sequence s -> {
                if (s.parts().size() > MOST_PARTS) {
                    throw new IllegalArgumentException(
                            "a sequence of " + s.parts().size() + " parts that may all be empty is repeated; at most "
                                    + MOST_PARTS + " can be");
                }
                // the first part that is not empty, then whatever the others are
                Expression not = new Choice(List.of());
                Expression rest = Expression.Sequence.EMPTY;
                for (Expression part : s.parts().reversed()) {
                    not = new Choice(List.of(new Sequence(List.of(without(part), rest)), not));
                    rest = new Sequence(List.of(part, rest));
                }
                yield not;
            }
            case Choice c -> new Choice(c.options().stream().map(this::without).toList());
            case Repeat r -> r.max() == 0 ? new Choice(List.of()) : new Repeat(without(r.body()), 1, r.max());
            case Rule r -> new Rule(r.name() + NOT_EMPTY);
            case Characters c -> c;
            case Bytes b -> b;
        };
    }
}
