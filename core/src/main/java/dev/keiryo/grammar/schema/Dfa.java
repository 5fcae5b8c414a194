package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.CodePointSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * A complete deterministic automaton over Unicode scalar values; state 0 is the start. Each state has a label: which of
 * several languages the text read so far is in, or {@link #NO} where it is in none.
 */
final class Dfa {
    static final int NO = -1;

    /** Cells of a transition table: 16 MB. */
    static final int MOST_CELLS = 4_000_000;

    /** More states, or more work to find them, than is allowed. */
    static final class TooLarge extends Exception {
        private static final long serialVersionUID = 1L;

        TooLarge(String what) {
            super(what);
        }
    }

    private static final int FIRST_SURROGATE = 0xD800;
    private static final int LAST_SURROGATE = 0xDFFF;

    /** First character of each interval; the characters of an interval are of one class. */
    final int[] cuts;
    /** Class of each interval; -1 for surrogates. */
    final int[] classOf;

    final int classes;
    /** {@code [state][class]} */
    final int[][] next;

    final int[] labels;
    /** States from which a label can be reached. */
    final BitSet live;
    /** Fewest bytes in which a character of each class can be written in a JSON string. */
    final int[] bytes;

    private final int[] ascii = new int[128];

    Dfa(int[] cuts, int[] classOf, int classes, int[][] next, int[] labels) {
        this.cuts = cuts;
        this.classOf = classOf;
        this.classes = classes;
        this.next = next;
        this.labels = labels;
        this.live = live(next, labels);
        for (int c = 0; c < 128; c++) {
            ascii[c] = classOf[interval(c)];
        }
        bytes = new int[classes];
        Arrays.fill(bytes, 6);
        for (int i = 0; i < cuts.length; i++) {
            if (classOf[i] >= 0) {
                bytes[classOf[i]] = Math.min(bytes[classOf[i]], fewestBytes(cuts[i], last(i)));
            }
        }
    }

    private static BitSet live(int[][] next, int[] labels) {
        List<List<Integer>> before = new ArrayList<>();
        for (int s = 0; s < next.length; s++) {
            before.add(new ArrayList<>());
        }
        for (int s = 0; s < next.length; s++) {
            for (int to : next[s]) {
                before.get(to).add(s);
            }
        }
        BitSet live = new BitSet();
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        for (int s = 0; s < labels.length; s++) {
            if (labels[s] != NO) {
                live.set(s);
                queue.add(s);
            }
        }
        while (!queue.isEmpty()) {
            for (int s : before.get(queue.remove())) {
                if (!live.get(s)) {
                    live.set(s);
                    queue.add(s);
                }
            }
        }
        return live;
    }

    int states() {
        return next.length;
    }

    int interval(int c) {
        int at = Arrays.binarySearch(cuts, c);
        return at >= 0 ? at : -at - 2;
    }

    /** Last character of an interval. */
    int last(int interval) {
        return interval + 1 < cuts.length ? cuts[interval + 1] - 1 : Character.MAX_CODE_POINT;
    }

    int classAt(int c) {
        return c < 128 ? ascii[c] : classOf[interval(c)];
    }

    int step(int state, int c) {
        return next[state][classAt(c)];
    }

    int label(String text) {
        int state = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            state = step(state, text.codePointAt(i));
        }
        return labels[state];
    }

    /** Fewest bytes of one of the characters from {@code first} to {@code last} inside a JSON string. */
    static int fewestBytes(int first, int last) {
        int least = first >= 0x10000 ? 4 : first >= 0x800 ? 3 : first >= 0x80 ? 2 : 6;
        for (int c = first; c <= Math.min(last, 0x7F); c++) {
            least = Math.min(least, bytes(c));
        }
        return first < 0x80 && last >= 0x80 ? Math.min(least, 2) : least;
    }

    /** Fewest bytes of a character inside a JSON string. */
    static int bytes(int c) {
        return switch (c) {
            case '"', '\\', '\b', '\f', '\n', '\r', '\t' -> 2;
            default -> c < 0x20 ? 6 : c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        };
    }

    static int bytes(String text) {
        return text.codePoints().map(Dfa::bytes).sum();
    }

    /** The one that is in every text's language, under label 0. */
    static Dfa all() {
        Partition p = new Partition(List.of());
        return new Dfa(p.cuts, p.classOf, p.classes, new int[][] {new int[p.classes]}, new int[] {0});
    }

    /** Splits characters by sets. */
    static final class Partition {
        final int[] cuts;
        final int[] classOf;
        final int classes;
        /** A character of each class. */
        final int[] example;

        Partition(List<CodePointSet> sets) {
            TreeSet<Integer> starts = new TreeSet<>(List.of(0, FIRST_SURROGATE, LAST_SURROGATE + 1));
            for (CodePointSet set : sets) {
                for (int i = 0; i < set.size(); i++) {
                    starts.add(set.from(i));
                    starts.add(set.to(i) + 1);
                }
            }
            starts.remove(Character.MAX_CODE_POINT + 1);
            cuts = starts.stream().mapToInt(i -> i).toArray();
            classOf = new int[cuts.length];
            Map<BitSet, Integer> known = new HashMap<>();
            List<Integer> examples = new ArrayList<>();
            for (int i = 0; i < cuts.length; i++) {
                if (cuts[i] >= FIRST_SURROGATE && cuts[i] <= LAST_SURROGATE) {
                    classOf[i] = -1;
                    continue;
                }
                BitSet in = new BitSet();
                for (int k = 0; k < sets.size(); k++) {
                    in.set(k, sets.get(k).contains(cuts[i]));
                }
                Integer c = known.get(in);
                if (c == null) {
                    c = known.size();
                    known.put(in, c);
                    examples.add(cuts[i]);
                }
                classOf[i] = c;
            }
            classes = known.size();
            example = examples.stream().mapToInt(i -> i).toArray();
        }
    }

    /** One that is in the language of exactly these texts, each under its number. */
    static Dfa of(Iterable<String> texts) throws TooLarge {
        List<Map<Integer, Integer>> trie = new ArrayList<>();
        trie.add(new HashMap<>());
        Map<Integer, Integer> ends = new HashMap<>();
        TreeSet<Integer> used = new TreeSet<>();
        for (String text : texts) {
            int state = 0;
            for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
                int c = text.codePointAt(i);
                used.add(c);
                Integer to = trie.get(state).get(c);
                if (to == null) {
                    to = trie.size();
                    trie.get(state).put(c, to);
                    trie.add(new HashMap<>());
                }
                state = to;
            }
            ends.putIfAbsent(state, ends.size());
            if ((long) trie.size() * (used.size() + 1) > MOST_CELLS) {
                throw new TooLarge("more than " + MOST_CELLS + " cells of an automaton");
            }
        }
        List<CodePointSet> singles =
                used.stream().map(c -> CodePointSet.of(c, c)).toList();
        Partition p = singles.size() > 2000 ? tooMany() : new Partition(singles);
        int dead = trie.size();
        int[][] next = new int[dead + 1][p.classes];
        int[] labels = new int[dead + 1];
        for (int s = 0; s <= dead; s++) {
            Arrays.fill(next[s], dead);
            labels[s] = ends.getOrDefault(s, NO);
            if (s < dead) {
                for (Map.Entry<Integer, Integer> e : trie.get(s).entrySet()) {
                    int c = e.getKey();
                    if (c < FIRST_SURROGATE || c > LAST_SURROGATE) { // a lone surrogate is no character
                        next[s][p.classOf[Arrays.binarySearch(p.cuts, c)]] = e.getValue();
                    }
                }
            }
        }
        return new Dfa(p.cuts, p.classOf, p.classes, next, labels);
    }

    private static Partition tooMany() throws TooLarge {
        throw new TooLarge("more than 2000 different characters in names or in enum");
    }

    /** One that is in the language of texts of {@code least} to {@code most} characters, under label 0. */
    static Dfa length(long least, long most) throws TooLarge {
        long last = most == Long.MAX_VALUE ? least : most + 1;
        if (last > 20_000) {
            throw new TooLarge("lengths over 20000 characters inside an automaton");
        }
        Partition p = new Partition(List.of());
        int[][] next = new int[(int) last + 1][p.classes];
        int[] labels = new int[(int) last + 1];
        for (int s = 0; s <= last; s++) {
            Arrays.fill(next[s], (int) Math.min(s + 1, last));
            labels[s] = s >= least && s <= most ? 0 : NO;
        }
        return new Dfa(p.cuts, p.classOf, p.classes, next, labels);
    }
}
