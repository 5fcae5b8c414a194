package dev.keiryo.grammar;

import dev.keiryo.grammar.Expression.Characters;
import dev.keiryo.grammar.Expression.Choice;
import dev.keiryo.grammar.Expression.Repeat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An expression with {@code ^} and {@code $} in it, taken apart by where it must stand: {@code ways[s + 2e]} is what it
 * matches provided that it stands at the beginning of the text (s = 1) and at its end (e = 1). Immutable.
 */
final class Anchored {
    static final Anchored START = new Anchored(null, Expression.Sequence.EMPTY, null, null);
    static final Anchored END = new Anchored(null, null, Expression.Sequence.EMPTY, null);

    private static final Expression ANYTHING = new Repeat(new Characters(CodePointSet.ALL), 0, Expression.UNLIMITED);
    private static final EmptyTexts EMPTY = new EmptyTexts(Map.of());

    private final @Nullable Expression[] ways;

    private Anchored(@Nullable Expression... ways) {
        this.ways = ways;
    }

    static Anchored of(Expression plain) {
        return new Anchored(plain, null, null, null);
    }

    /** Whether it may stand anywhere. */
    boolean isPlain() {
        return ways[0] != null && ways[1] == null && ways[2] == null && ways[3] == null;
    }

    Anchored or(Anchored other) {
        @Nullable Expression[] all = new Expression[4];
        for (int i = 0; i < 4; i++) {
            all[i] = either(ways[i], other.ways[i]);
        }
        return new Anchored(all);
    }

    Anchored then(Anchored other) {
        @Nullable Expression[] all = new Expression[4];
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                Expression a = ways[i];
                Expression b = other.ways[j];
                if (a == null || b == null) {
                    continue;
                }
                // what must stand at the beginning has nothing before it, what must stand at the end nothing behind
                boolean nothingBefore = (j & 1) != 0;
                boolean nothingBehind = (i & 2) != 0;
                if ((!nothingBefore || EMPTY.isPossible(a)) && (!nothingBehind || EMPTY.isPossible(b))) {
                    Expression both = joined(
                            nothingBefore ? Expression.Sequence.EMPTY : a,
                            nothingBehind ? Expression.Sequence.EMPTY : b);
                    all[i | j] = either(all[i | j], both);
                }
            }
        }
        return new Anchored(all);
    }

    private static Expression joined(Expression a, Expression b) {
        return a.equals(Expression.Sequence.EMPTY)
                ? b
                : b.equals(Expression.Sequence.EMPTY) ? a : Expression.sequence(a, b);
    }

    private static @Nullable Expression either(@Nullable Expression a, @Nullable Expression b) {
        return a == null ? b : b == null ? a : new Choice(List.of(a, b));
    }

    /** The texts that it matches from beginning to end. */
    Expression whole() {
        List<Expression> all = new ArrayList<>();
        Arrays.stream(ways).filter(way -> way != null).forEach(all::add);
        return all.size() == 1 ? all.getFirst() : new Choice(all);
    }

    /** The texts that it matches somewhere in. */
    Expression somewhere() {
        List<Expression> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Expression way = ways[i];
            if (way != null) {
                all.add(Expression.sequence(
                        (i & 1) == 0 ? ANYTHING : Expression.Sequence.EMPTY,
                        way,
                        (i & 2) == 0 ? ANYTHING : Expression.Sequence.EMPTY));
            }
        }
        return new Choice(all);
    }
}
