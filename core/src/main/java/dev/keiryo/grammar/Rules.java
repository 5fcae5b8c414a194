package dev.keiryo.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A compiled grammar: its rules' states, from which {@link RuleFrame}s are made as texts need them (subset construction,
 * put off). Thread-safe.
 */
final class Rules {
    /** Frames that are remembered; beyond, they are forgotten and made anew. */
    private static final int MOST_FRAMES = 1 << 17;

    private final Nfa nfa;
    private final Costs costs;
    private final Map<RuleFrame, RuleFrame> frames = new ConcurrentHashMap<>();
    private final @Nullable Frame[] callees;

    private Rules(Nfa nfa) {
        this.nfa = nfa;
        costs = new Costs(nfa);
        callees = new Frame[nfa.callees()];
    }

    static Frame compile(Map<String, Expression> rules, String root) {
        Thompson builder = new Thompson(rules);
        int callee = builder.rule(root);
        Rules compiled = new Rules(builder.nfa());
        if (compiled.costs.ofCallee(callee) == Costs.NEVER) {
            throw new IllegalArgumentException("no text matches the rule \"" + root
                    + "\": every way through it needs an empty set of characters, or never ends");
        }
        compiled.refuseLeftRecursion();
        return compiled.callee(callee);
    }

    /** Where {@code callee} begins. */
    Frame callee(int number) {
        Frame known = callees[number];
        if (known == null) {
            Nfa.Callee callee = nfa.callee(number);
            known = callee.isRepeat()
                    ? RepeatFrame.of(callee(callee.body()), callee.min(), callee.max())
                    : frame(callee.start());
            callees[number] = known;
        }
        return known;
    }

    /** At any of {@code states}. */
    Frame frame(int... states) {
        BitSet reached = closure(states);
        int[] positions = reached.stream()
                .filter(q -> nfa.isAccepting(q) || nfa.ranges(q).length > 0 || nfa.call(q) >= 0)
                .toArray();
        if (positions.length > 0 && Arrays.stream(positions).allMatch(nfa::isAccepting)) {
            return Frame.END;
        }
        RuleFrame made = new RuleFrame(this, positions);
        if (frames.size() > MOST_FRAMES) {
            frames.clear();
        }
        RuleFrame known = frames.putIfAbsent(made, made);
        return known == null ? made : known;
    }

    /** All states that {@code states} lead to without a byte, and from which the end can be reached. */
    private BitSet closure(int... states) {
        BitSet reached = new BitSet(nfa.size());
        int[] open = new int[Math.max(16, states.length)];
        int n = 0;
        for (int state : states) {
            if (isAlive(state) && !reached.get(state)) {
                reached.set(state);
                open[n++] = state;
            }
        }
        while (n > 0) {
            for (int target : nfa.silent(open[--n])) {
                if (isAlive(target) && !reached.get(target)) {
                    reached.set(target);
                    if (n == open.length) {
                        open = Arrays.copyOf(open, 2 * n);
                    }
                    open[n++] = target;
                }
            }
        }
        return reached;
    }

    private boolean isAlive(int state) {
        return costs.ofState(state) != Costs.NEVER;
    }

    /** Fewest bytes to the end of the rule from any of {@code states}. */
    int shortest(int[] states) {
        long least = Costs.NEVER;
        for (int state : states) {
            least = Math.min(least, costs.ofState(state));
        }
        return (int) Math.min(Frame.ENDLESS, least);
    }

    /** Where byte {@code b} leads from {@code states}, or null. */
    @Nullable
    Frame step(int[] states, int b) {
        int[] targets = new int[8];
        int n = 0;
        for (int state : states) {
            int[] ranges = nfa.ranges(state);
            for (int i = 0; i < ranges.length; i += 3) {
                if (ranges[i] <= b && b <= ranges[i + 1] && isAlive(ranges[i + 2])) {
                    if (n == targets.length) {
                        targets = Arrays.copyOf(targets, 2 * n);
                    }
                    targets[n++] = ranges[i + 2];
                }
            }
        }
        return n == 0 ? null : frame(Arrays.copyOf(targets, n));
    }

    /** The calls that {@code states} make: callee and where it comes back to, in turn. */
    Frame[] calls(int[] states) {
        Map<Integer, List<Integer>> backs = new HashMap<>();
        for (int state : states) {
            int callee = nfa.call(state);
            if (callee >= 0 && costs.ofCallee(callee) != Costs.NEVER && isAlive(nfa.back(state))) {
                backs.computeIfAbsent(callee, c -> new ArrayList<>()).add(nfa.back(state));
            }
        }
        Frame[] calls = new Frame[2 * backs.size()];
        int n = 0;
        for (Map.Entry<Integer, List<Integer>> call : backs.entrySet()) {
            calls[n++] = callee(call.getKey());
            calls[n++] =
                    frame(call.getValue().stream().mapToInt(Integer::intValue).toArray());
        }
        return calls;
    }

    /** A rule whose text may begin with its own text would be called without end. */
    private void refuseLeftRecursion() {
        int[] color = new int[nfa.callees()]; // 0 new, 1 on the path, 2 done
        for (int root = 0; root < color.length; root++) {
            List<int[]> path = new ArrayList<>(); // callee, next of its left calls
            List<int[]> lefts = new ArrayList<>();
            int enter = color[root] == 0 ? root : -1;
            while (enter >= 0 || !path.isEmpty()) {
                if (enter >= 0) {
                    color[enter] = 1;
                    path.add(new int[] {enter, 0});
                    lefts.add(leftCalls(enter));
                    enter = -1;
                }
                int[] top = path.getLast();
                if (top[1] == lefts.getLast().length) {
                    color[top[0]] = 2;
                    path.removeLast();
                    lefts.removeLast();
                } else {
                    int callee = lefts.getLast()[top[1]++];
                    if (color[callee] == 1) {
                        throw new IllegalArgumentException(leftRecursion(path, callee));
                    }
                    enter = color[callee] == 0 ? callee : -1;
                }
            }
        }
    }

    private String leftRecursion(List<int[]> path, int callee) {
        StringBuilder names = new StringBuilder();
        boolean inside = false;
        for (int[] p : path) {
            inside |= p[0] == callee;
            if (inside && !nfa.callee(p[0]).isRepeat()) {
                names.append(nfa.callee(p[0]).name().replace(EmptyTexts.NOT_EMPTY, ""))
                        .append(" -> ");
            }
        }
        return "left recursion: " + names + nfa.callee(callee).name().replace(EmptyTexts.NOT_EMPTY, "")
                + "; a rule must not begin with itself: write a list as item (\",\" item)*, not as list \",\" item";
    }

    private int[] leftCalls(int number) {
        Nfa.Callee callee = nfa.callee(number);
        if (callee.isRepeat()) {
            return new int[] {callee.body()};
        }
        BitSet calls = new BitSet();
        BitSet done = new BitSet();
        BitSet open = closure(callee.start());
        while (!open.isEmpty()) {
            BitSet further = new BitSet();
            for (int q = open.nextSetBit(0); q >= 0; q = open.nextSetBit(q + 1)) {
                if (nfa.call(q) >= 0) {
                    calls.set(nfa.call(q));
                    if (costs.ofCallee(nfa.call(q)) == 0) {
                        further.or(closure(nfa.back(q)));
                    }
                }
            }
            done.or(open);
            further.andNot(done);
            open = further;
        }
        return calls.stream().toArray();
    }
}
