package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.CodePointSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The automaton of the texts in which a regular expression matches somewhere: Thompson's construction, then subsets. A
 * subset is closed over empty moves only when the next character is known, so that the places {@code ^ $ \b \B} can look
 * at both sides.
 */
final class RegexDfa {
    private static final int MOST_NODES = 20_000;
    private static final int MOST_STATES = 20_000;
    private static final long MOST_WORK = 30_000_000;

    /** A state of the nondeterministic automaton: reads one of {@code set}, or passes freely, at {@code place} only. */
    private record Node(@Nullable CodePointSet set, Regex.@Nullable Place place, int[] to) {}

    /** What is before the next character. */
    private enum Before {
        START,
        WORD,
        OTHER
    }

    private record Subset(BitSet nodes, Before before) {}

    private final List<Node> nodes = new ArrayList<>();
    private int start;
    private long work;

    private RegexDfa() {}

    static Dfa of(Regex regex) throws Dfa.TooLarge {
        RegexDfa dfa = new RegexDfa();
        int end = dfa.add(null, null); // 0: matched, whatever follows
        dfa.start = dfa.build(regex, end);
        return dfa.determinise();
    }

    private int add(@Nullable CodePointSet set, Regex.@Nullable Place place, int... to) throws Dfa.TooLarge {
        if (nodes.size() >= MOST_NODES) {
            throw new Dfa.TooLarge("a regular expression of more than " + MOST_NODES + " states");
        }
        nodes.add(new Node(set, place, to));
        return nodes.size() - 1;
    }

    /** Nodes that read {@code regex} and go on at {@code then}; returns the first. */
    private int build(Regex regex, int then) throws Dfa.TooLarge {
        return switch (regex) {
            case Regex.One one -> add(one.set(), null, then);
            case Regex.Place place -> add(null, place, then);
            case Regex.Sequence sequence -> {
                int at = then;
                for (Regex part : sequence.parts().reversed()) {
                    at = build(part, at);
                }
                yield at;
            }
            case Regex.Choice choice -> {
                int[] to = new int[choice.options().size()];
                for (int i = 0; i < to.length; i++) {
                    to[i] = build(choice.options().get(i), then);
                }
                yield add(null, null, to);
            }
            case Regex.Repeat repeat -> repeat(repeat, then);
        };
    }

    private int repeat(Regex.Repeat repeat, int then) throws Dfa.TooLarge {
        int at = then;
        if (repeat.most() == Regex.Repeat.ENDLESS) {
            int[] to = {then, then};
            at = add(null, null, to);
            to[0] = build(repeat.part(), at);
        } else {
            for (int i = repeat.least(); i < repeat.most(); i++) {
                at = add(null, null, build(repeat.part(), at), then);
            }
        }
        for (int i = 0; i < repeat.least(); i++) {
            // an empty part builds nothing, however often
            int before = nodes.size();
            at = build(repeat.part(), at);
            if (nodes.size() == before) {
                break;
            }
        }
        return at;
    }

    private Dfa determinise() throws Dfa.TooLarge {
        Set<CodePointSet> sets = new LinkedHashSet<>();
        boolean words = false;
        for (Node node : nodes) {
            if (node.set != null) {
                sets.add(node.set);
            }
            words |= node.place == Regex.Place.WORD_BORDER || node.place == Regex.Place.NO_WORD_BORDER;
        }
        if (words) {
            sets.add(CodePointSet.WORD);
        }
        Dfa.Partition p = new Dfa.Partition(List.copyOf(sets));
        boolean[][] reads = new boolean[nodes.size()][];
        Map<CodePointSet, boolean[]> readBy = new HashMap<>();
        for (int n = 0; n < reads.length; n++) {
            CodePointSet set = nodes.get(n).set;
            if (set != null) {
                boolean[] classes = readBy.get(set);
                if (classes == null) {
                    classes = new boolean[p.classes];
                    for (int c = 0; c < p.classes; c++) {
                        classes[c] = set.contains(p.example[c]);
                    }
                    readBy.put(set, classes);
                }
                reads[n] = classes;
            }
        }
        List<Subset> states = new ArrayList<>();
        Map<Subset, Integer> known = new HashMap<>();
        List<int[]> next = new ArrayList<>();
        BitSet accepts = new BitSet();
        BitSet first = new BitSet();
        first.set(start);
        states.add(new Subset(first, Before.START));
        known.put(states.getFirst(), 0);
        for (int s = 0; s < states.size(); s++) {
            Subset from = states.get(s);
            int[] row = new int[p.classes];
            for (int c = 0; c < p.classes; c++) {
                boolean word = words && CodePointSet.WORD.contains(p.example[c]);
                BitSet closed = close(from, word ? 1 : 0);
                BitSet to = new BitSet();
                to.set(start); // a match may begin anywhere
                if (closed.get(0)) {
                    to.clear();
                    to.set(0);
                } else {
                    for (int n = closed.nextSetBit(0); n >= 0; n = closed.nextSetBit(n + 1)) {
                        work++;
                        if (reads[n] != null && reads[n][c]) {
                            to.set(nodes.get(n).to[0]);
                        }
                    }
                }
                Subset subset = new Subset(to, word ? Before.WORD : Before.OTHER);
                Integer id = known.putIfAbsent(subset, states.size());
                if (id == null) {
                    id = states.size();
                    states.add(subset);
                }
                row[c] = id;
            }
            next.add(row);
            if (close(from, -1).get(0)) {
                accepts.set(s);
            }
            if (states.size() > MOST_STATES || (long) states.size() * p.classes > Dfa.MOST_CELLS || work > MOST_WORK) {
                throw new Dfa.TooLarge("a regular expression whose automaton has too many states (over " + MOST_STATES
                        + " states, " + Dfa.MOST_CELLS + " transitions, or " + MOST_WORK + " steps to build)");
            }
        }
        int[] labels = new int[states.size()];
        Arrays.setAll(labels, s -> accepts.get(s) ? 0 : Dfa.NO);
        return new Dfa(p.cuts, p.classOf, p.classes, next.toArray(int[][]::new), labels);
    }

    /** @param following 1 for a word character, 0 for another, -1 for the end */
    private BitSet close(Subset from, int following) {
        BitSet closed = (BitSet) from.nodes.clone();
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        from.nodes.stream().forEach(queue::add);
        boolean border = (from.before == Before.WORD) != (following == 1);
        while (!queue.isEmpty()) {
            work++;
            Node node = nodes.get(queue.remove());
            boolean free = node.set == null
                    && switch (node.place) {
                        case null -> true;
                        case START -> from.before == Before.START;
                        case END -> following < 0;
                        case WORD_BORDER -> border;
                        case NO_WORD_BORDER -> !border;
                    };
            if (free) {
                for (int to : node.to) {
                    if (!closed.get(to)) {
                        closed.set(to);
                        queue.add(to);
                    }
                }
            }
        }
        return closed;
    }
}
