package dev.keiryo.grammar;

import dev.keiryo.grammar.Expression.Bytes;
import dev.keiryo.grammar.Expression.Characters;
import dev.keiryo.grammar.Expression.Choice;
import dev.keiryo.grammar.Expression.Repeat;
import dev.keiryo.grammar.Expression.Rule;
import dev.keiryo.grammar.Expression.Sequence;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds the {@link Nfa} of expressions, from the end backwards (Thompson 1968). Rules that call no rule that may come back to
 * them are put where they are named, unless they are large; a body that is repeated often is counted, not copied.
 */
final class Thompson {
    /** States that a rule may have to be copied to where it is named. */
    private static final long INLINED = 400;
    /** States that a repetition may have to be copied. */
    private static final long COPIED = 48;

    private final Map<String, Expression> rules;
    private final EmptyTexts empty;
    /** States that a rule takes where it is put in place; none for rules that are called. */
    private final Map<String, Long> sizes;

    private final Nfa nfa = new Nfa();
    private final Map<String, Integer> called = new HashMap<>();
    /** The callees of repetitions that are counted: one for each, wherever it is copied to. */
    private final IdentityHashMap<Repeat, Integer> repetitions = new IdentityHashMap<>();

    private final ArrayDeque<String> unbuilt = new ArrayDeque<>();

    Thompson(Map<String, Expression> rules) {
        this.rules = rules;
        empty = new EmptyTexts(rules);
        sizes = new RuleSizes(rules, COPIED).compute(INLINED);
    }

    Nfa nfa() {
        return nfa;
    }

    /** Builds rule {@code name} and all that it calls; gives the callee that it is. */
    int rule(String name) {
        int callee = callee(name);
        while (!unbuilt.isEmpty()) {
            String next = unbuilt.remove();
            Expression body = next.endsWith(EmptyTexts.NOT_EMPTY)
                    ? empty.without(body(next.substring(0, next.length() - EmptyTexts.NOT_EMPTY.length())))
                    : body(next);
            nfa.setCallee(callee(next), new Nfa.Callee(next, build(body, nfa.addAccepting()), -1, 0, 0));
        }
        return callee;
    }

    private int callee(String name) {
        return called.computeIfAbsent(name, key -> {
            unbuilt.add(key);
            return nfa.addCallee(new Nfa.Callee(key, -1, -1, 0, 0));
        });
    }

    private Expression body(String name) {
        Expression body = rules.get(name);
        if (body == null) {
            throw new IllegalArgumentException("there is no rule \"" + name + "\"");
        }
        return body;
    }

    /** The state from which {@code expression} leads to {@code next}. */
    private int build(Expression expression, int next) {
        return switch (expression) {
            case Characters c -> characters(c.set(), next);
            case Bytes b -> {
                int state = nfa.add();
                nfa.addRange(state, b.from(), b.to(), next);
                yield state;
            }
            case Sequence s -> {
                int at = next;
                for (Expression part : s.parts().reversed()) {
                    at = build(part, at);
                }
                yield at;
            }
            case Choice c -> {
                int[] starts = new int[c.options().size()];
                for (int i = 0; i < starts.length; i++) {
                    starts[i] = build(c.options().get(i), next);
                }
                yield choice(starts);
            }
            case Repeat r -> repeat(r, next);
            case Rule r -> {
                if (sizes.containsKey(r.name())) {
                    yield build(body(r.name()), next);
                }
                int state = nfa.add();
                nfa.setCall(state, callee(r.name()), next);
                yield state;
            }
        };
    }

    private int choice(int... starts) {
        int state = nfa.add();
        nfa.setSilent(state, starts);
        return state;
    }

    private int repeat(Repeat r, int next) {
        // Repeating nothing changes nothing: what is repeated is never empty, which keeps every loop reading.
        boolean nothing = empty.isPossible(r.body());
        Expression body = nothing ? empty.without(r.body()) : r.body();
        int min = nothing ? 0 : r.min();
        int max = r.max();
        if (body instanceof Repeat inner && inner.min() <= 1 && inner.max() > 1) {
            // x{1,b}{c,d} is x{c,bd}, which can be read in fewer ways
            long most = (long) inner.max() * max;
            boolean unlimited = max > 0 && (max == Expression.UNLIMITED || inner.max() == Expression.UNLIMITED);
            max = unlimited || most > Expression.UNLIMITED ? Expression.UNLIMITED : (int) most;
            body = inner.body();
        }
        int copies = max == Expression.UNLIMITED ? min : max;
        if (copies <= 1 || RuleSizes.copied(sizes, body, copies, COPIED)) {
            return copies(body, min, max, next);
        }
        Integer counted = repetitions.get(r);
        if (counted == null) {
            int once = nfa.addCallee(new Nfa.Callee("a repetition", build(body, nfa.addAccepting()), -1, 0, 0));
            counted = nfa.addCallee(new Nfa.Callee("a repetition", -1, once, min, max));
            repetitions.put(r, counted);
        }
        int state = nfa.add();
        nfa.setCall(state, counted, next);
        return state;
    }

    private int copies(Expression body, int min, int max, int next) {
        int at = next;
        int before = min;
        if (max == Expression.UNLIMITED) {
            int loop = nfa.add();
            int start = build(body, loop);
            nfa.setSilent(loop, start, next);
            at = min == 0 ? loop : start;
            before = Math.max(0, min - 1);
        } else {
            for (int i = min; i < max; i++) {
                at = choice(build(body, at), next);
            }
        }
        for (int i = 0; i < before; i++) {
            at = build(body, at);
        }
        return at;
    }

    private int characters(CodePointSet set, int next) {
        int state = nfa.add();
        // spellings with the same end share it
        Map<List<Integer>, Integer> ends = new HashMap<>();
        Utf8Ranges.of(set, (from, to) -> {
            int at = next;
            for (int i = from.length - 1; i > 0; i--) {
                int low = from[i];
                int high = to[i];
                int target = at;
                at = ends.computeIfAbsent(List.of(low, high, target), key -> {
                    int middle = nfa.add();
                    nfa.addRange(middle, low, high, target);
                    return middle;
                });
            }
            nfa.addRange(state, from[0], to[0], at);
        });
        return state;
    }
}
