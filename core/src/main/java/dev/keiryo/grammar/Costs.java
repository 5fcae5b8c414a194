package dev.keiryo.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Fewest bytes from each state of an {@link Nfa} to the end of its rule, and of each callee:
 *
 * <pre>
 *   d(q) = min over edges (0 accepting, 1 + d(q') byte, d(q') silent, d(callee) + d(q') call),  d(rule) = d(start),
 *   d(x{min,…}) = min · d(x)
 * </pre>
 *
 * Source: Knuth, A generalization of Dijkstra's algorithm, 1977.
 */
final class Costs {
    /** No text leads to the end. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long MOST = 1L << 60;

    private final Nfa nfa;
    private final int states;
    /** By state, then by callee. */
    private final long[] cost;

    private final boolean[] certain;
    private final List<List<User>> users = new ArrayList<>();
    private final PriorityQueue<long[]> queue = new PriorityQueue<>((a, b) -> Long.compare(a[0], b[0]));

    /** How a place's cost makes up another's. */
    private enum Use {
        SAME,
        AFTER_BYTE,
        CALL,
        REPEAT
    }

    private record User(int at, Use how) {}

    Costs(Nfa nfa) {
        this.nfa = nfa;
        states = nfa.size();
        int n = states + nfa.callees();
        cost = new long[n];
        certain = new boolean[n];
        Arrays.fill(cost, NEVER);
        for (int i = 0; i < n; i++) {
            users.add(List.of());
        }
        connect();
        settle();
    }

    long ofState(int state) {
        return cost[state];
    }

    long ofCallee(int callee) {
        return cost[states + callee];
    }

    private void connect() {
        for (int q = 0; q < states; q++) {
            for (int i = 2; i < nfa.ranges(q).length; i += 3) {
                use(nfa.ranges(q)[i], q, Use.AFTER_BYTE);
            }
            for (int target : nfa.silent(q)) {
                use(target, q, Use.SAME);
            }
            if (nfa.call(q) >= 0) {
                use(nfa.back(q), q, Use.CALL);
                use(states + nfa.call(q), q, Use.CALL);
            }
            if (nfa.isAccepting(q)) {
                improve(q, 0);
            }
        }
        for (int c = 0; c < nfa.callees(); c++) {
            Nfa.Callee callee = nfa.callee(c);
            if (callee.isRepeat()) {
                use(states + callee.body(), states + c, Use.REPEAT);
                if (callee.min() == 0) {
                    improve(states + c, 0);
                }
            } else {
                use(callee.start(), states + c, Use.SAME);
            }
        }
    }

    private void use(int used, int user, Use how) {
        if (users.get(used).isEmpty()) {
            users.set(used, new ArrayList<>(2));
        }
        users.get(used).add(new User(user, how));
    }

    private void settle() {
        while (!queue.isEmpty()) {
            int at = (int) queue.remove()[1];
            if (certain[at]) {
                continue;
            }
            certain[at] = true;
            for (User user : users.get(at)) {
                improve(user.at, through(user, cost[at]));
            }
        }
    }

    /** What {@code user} costs by way of a place that costs {@code used}. */
    private long through(User user, long used) {
        return switch (user.how) {
            case SAME -> used;
            case AFTER_BYTE -> sum(1, used);
            case CALL -> sum(known(states + nfa.call(user.at)), known(nfa.back(user.at)));
            case REPEAT -> {
                int min = nfa.callee(user.at - states).min();
                yield min == 0 ? 0 : used > MOST / min ? MOST : used * min;
            }
        };
    }

    private long known(int at) {
        return certain[at] ? cost[at] : NEVER;
    }

    private void improve(int at, long to) {
        if (to < cost[at]) {
            cost[at] = to;
            queue.add(new long[] {to, at});
        }
    }

    private static long sum(long a, long b) {
        return a == NEVER || b == NEVER ? NEVER : Math.min(MOST, a + b);
    }
}
