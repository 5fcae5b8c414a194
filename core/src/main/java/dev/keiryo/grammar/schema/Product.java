package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Several automata that read the same text, as one. */
final class Product {
    private static final int MOST_STATES = 100_000;

    /** Says what the product's label is, from those of its parts. */
    @FunctionalInterface
    interface Labels {
        int of(int[] labels);
    }

    private record Tuple(int[] states) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Tuple t && Arrays.equals(t.states, states);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(states);
        }
    }

    private Product() {}

    static Dfa of(List<Dfa> parts, Labels labels) throws Dfa.TooLarge {
        TreeSet<Integer> starts = new TreeSet<>(List.of(0));
        for (Dfa part : parts) {
            for (int c : part.cuts) {
                starts.add(c);
            }
        }
        int[] cuts = starts.stream().mapToInt(i -> i).toArray();
        int[] classOf = new int[cuts.length];
        Map<Tuple, Integer> known = new HashMap<>();
        List<int[]> classes = new ArrayList<>();
        for (int i = 0; i < cuts.length; i++) {
            int[] each = new int[parts.size()];
            boolean surrogate = false;
            for (int k = 0; k < each.length; k++) {
                each[k] = parts.get(k).classAt(cuts[i]);
                surrogate |= each[k] < 0;
            }
            if (surrogate) {
                classOf[i] = -1;
                continue;
            }
            Integer c = known.putIfAbsent(new Tuple(each), classes.size());
            if (c == null) {
                c = classes.size();
                classes.add(each);
            }
            classOf[i] = c;
        }
        return explore(parts, labels, cuts, classOf, classes);
    }

    private static Dfa explore(List<Dfa> parts, Labels labels, int[] cuts, int[] classOf, List<int[]> classes)
            throws Dfa.TooLarge {
        Map<Tuple, Integer> known = new HashMap<>();
        List<int[]> states = new ArrayList<>();
        List<int[]> next = new ArrayList<>();
        states.add(new int[parts.size()]);
        known.put(new Tuple(states.getFirst()), 0);
        for (int s = 0; s < states.size(); s++) {
            int[] from = states.get(s);
            int[] row = new int[classes.size()];
            for (int c = 0; c < row.length; c++) {
                int[] to = new int[from.length];
                for (int k = 0; k < to.length; k++) {
                    to[k] = parts.get(k).next[from[k]][classes.get(c)[k]];
                }
                Integer id = known.putIfAbsent(new Tuple(to), states.size());
                if (id == null) {
                    id = states.size();
                    states.add(to);
                }
                row[c] = id;
            }
            next.add(row);
            if (states.size() > MOST_STATES || (long) states.size() * classes.size() > Dfa.MOST_CELLS) {
                throw new Dfa.TooLarge(
                        "an automaton of more than " + MOST_STATES + " states or " + Dfa.MOST_CELLS + " transitions");
            }
        }
        int[] label = new int[states.size()];
        int[] each = new int[parts.size()];
        for (int s = 0; s < label.length; s++) {
            for (int k = 0; k < each.length; k++) {
                each[k] = parts.get(k).labels[states.get(s)[k]];
            }
            label[s] = labels.of(each);
        }
        return new Dfa(cuts, classOf, classes.size(), next.toArray(int[][]::new), label);
    }
}
