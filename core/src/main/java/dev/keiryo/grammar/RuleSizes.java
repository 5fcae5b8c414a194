package dev.keiryo.grammar;

import dev.keiryo.grammar.Expression.Bytes;
import dev.keiryo.grammar.Expression.Characters;
import dev.keiryo.grammar.Expression.Choice;
import dev.keiryo.grammar.Expression.Repeat;
import dev.keiryo.grammar.Expression.Rule;
import dev.keiryo.grammar.Expression.Sequence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** About how many states rules take, where the rules that they name are put in their place. */
final class RuleSizes {
    private static final long MOST = 1L << 40;

    private final Map<String, Expression> rules;
    private final long copied;

    RuleSizes(Map<String, Expression> rules, long copied) {
        this.rules = rules;
        this.copied = copied;
    }

    /** The sizes of all rules up to {@code most} that name none but such rules: these can be put in place. */
    Map<String, Long> compute(long most) {
        Map<String, Long> sizes = new HashMap<>();
        Map<String, Set<String>> named = new HashMap<>();
        Map<String, List<String>> users = new HashMap<>();
        ArrayDeque<String> ready = new ArrayDeque<>();
        rules.forEach((name, body) -> {
            Set<String> names = new HashSet<>();
            addNames(body, names);
            named.put(name, names);
            names.forEach(
                    n -> users.computeIfAbsent(n, key -> new ArrayList<>()).add(name));
            if (names.isEmpty()) {
                ready.add(name);
            }
        });
        while (!ready.isEmpty()) {
            String name = ready.remove();
            Expression body = rules.get(name);
            long size = body == null ? MOST : size(sizes, body, copied);
            if (size > most) {
                continue;
            }
            sizes.put(name, size);
            for (String user : users.getOrDefault(name, List.of())) {
                Set<String> open = named.getOrDefault(user, Set.of());
                if (open.remove(name) && open.isEmpty()) {
                    ready.add(user);
                }
            }
        }
        return sizes;
    }

    /** Whether {@code copies} of {@code body} take at most {@code most} states. */
    static boolean copied(Map<String, Long> sizes, Expression body, int copies, long most) {
        return copies * size(sizes, body, most) <= most;
    }

    private static long size(Map<String, Long> sizes, Expression expression, long copied) {
        return switch (expression) {
            case Characters c -> 1 + c.set().size() / 2;
            case Bytes b -> 1;
            case Sequence s -> sum(sizes, s.parts(), copied);
            case Choice c -> sum(sizes, c.options(), copied);
            case Repeat r -> {
                long once = size(sizes, r.body(), copied);
                int copies = r.max() == Expression.UNLIMITED ? r.min() : r.max();
                long all = Math.min(MOST, once * copies);
                yield copies <= 1 ? once + 1 : all <= copied ? all + copies : 1;
            }
            case Rule r -> 1 + sizes.getOrDefault(r.name(), 0L);
        };
    }

    private static long sum(Map<String, Long> sizes, List<Expression> parts, long copied) {
        long sum = 1; // no deeper than large
        for (Expression part : parts) {
            sum = Math.min(MOST, sum + size(sizes, part, copied));
        }
        return sum;
    }

    private static void addNames(Expression expression, Set<String> names) {
        switch (expression) {
            case Characters c -> {}
            case Bytes b -> {}
            case Sequence s -> s.parts().forEach(part -> addNames(part, names));
            case Choice c -> c.options().forEach(option -> addNames(option, names));
            case Repeat r -> addNames(r.body(), names);
            case Rule r -> names.add(r.name());
        }
    }
}
