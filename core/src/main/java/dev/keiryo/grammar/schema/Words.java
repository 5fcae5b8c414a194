package dev.keiryo.grammar.schema;

import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The texts that lead from a state to labels that are wanted, fewest bytes first: best-first search with exact distances.
 * Of the characters of a class, each further one is looked at only when the one before it has been used.
 */
final class Words {
    private final Dfa dfa;
    private final long[] ends;
    /** Fewest bytes from each state to the end. */
    private final long[] distance;

    /** @param ends what a text costs after its last character, by label; {@link Plan#NEVER} for labels that are not wanted */
    Words(Dfa dfa, long[] ends) {
        this.dfa = dfa;
        this.ends = ends;
        distance = new long[dfa.states()];
        Arrays.fill(distance, Plan.NEVER);
        relax();
    }

    private record At(int state, long bytes) {}

    private void relax() {
        PriorityQueue<At> queue = new PriorityQueue<>((a, b) -> Long.compare(a.bytes, b.bytes));
        int[][][] before = before();
        for (int s = 0; s < distance.length; s++) {
            distance[s] = end(s);
            if (distance[s] < Plan.NEVER) {
                queue.add(new At(s, distance[s]));
            }
        }
        while (!queue.isEmpty()) {
            At at = queue.remove();
            if (at.bytes > distance[at.state]) {
                continue;
            }
            for (int i = 0; i < before[at.state][0].length; i++) {
                int from = before[at.state][0][i];
                long bytes = at.bytes + dfa.bytes[before[at.state][1][i]];
                if (bytes < distance[from]) {
                    distance[from] = bytes;
                    queue.add(new At(from, bytes));
                }
            }
        }
    }

    /** For each state, those before it and the classes between. */
    private int[][][] before() {
        int[] n = new int[dfa.states()];
        for (int[] row : dfa.next) {
            for (int to : row) {
                n[to]++;
            }
        }
        int[][][] before = new int[n.length][2][];
        for (int s = 0; s < n.length; s++) {
            before[s][0] = new int[n[s]];
            before[s][1] = new int[n[s]];
        }
        for (int s = 0; s < n.length; s++) {
            for (int c = 0; c < dfa.classes; c++) {
                int to = dfa.next[s][c];
                before[to][0][--n[to]] = s;
                before[to][1][n[to]] = c;
            }
        }
        return before;
    }

    private long end(int state) {
        int label = dfa.labels[state];
        return label == Dfa.NO ? Plan.NEVER : ends[label];
    }

    /** What the best text costs from {@code state}. */
    long fewest(int state) {
        return distance[state];
    }

    /** A text, and all it costs. */
    record Word(String text, long bytes) {}

    private record Node(String text, int state, long soFar, long bytes, boolean whole, int from, int interval, int c) {}

    /** The best text from {@code state} that {@code wanted} takes; null where there is none. */
    @Nullable
    Word best(int state, Predicate<String> wanted) {
        PriorityQueue<Node> queue = new PriorityQueue<>((a, b) -> Long.compare(a.bytes, b.bytes));
        push(queue, "", state, 0);
        while (!queue.isEmpty()) {
            Node node = queue.remove();
            if (node.whole) {
                if (wanted.test(node.text)) {
                    return new Word(node.text, node.bytes);
                }
                continue;
            }
            int to = dfa.next[node.from][dfa.classOf[node.interval]];
            push(queue, node.text + Character.toString(node.c), to, node.soFar + Dfa.bytes(node.c));
            int c = following(node.interval, node.c);
            if (c >= 0) {
                queue.add(new Node(
                        node.text,
                        to,
                        node.soFar,
                        node.soFar + Dfa.bytes(c) + distance[to],
                        false,
                        node.from,
                        node.interval,
                        c));
            }
        }
        return null;
    }

    private void push(PriorityQueue<Node> queue, String text, int state, long soFar) {
        if (end(state) < Plan.NEVER) {
            queue.add(new Node(text, state, soFar, soFar + end(state), true, 0, 0, 0));
        }
        for (int i = 0; i < dfa.cuts.length; i++) {
            if (dfa.classOf[i] < 0) {
                continue;
            }
            int to = dfa.next[state][dfa.classOf[i]];
            if (distance[to] < Plan.NEVER) {
                int c = following(i, -1);
                queue.add(new Node(text, to, soFar, soFar + Dfa.bytes(c) + distance[to], false, state, i, c));
            }
        }
    }

    /** The next character of an interval in the order of bytes, then of characters; -1 after the last. */
    private int following(int interval, int c) {
        int first = dfa.cuts[interval];
        int last = dfa.last(interval);
        if (first >= 0x80) {
            return c < 0 ? first : c < last ? c + 1 : -1;
        }
        int bytes = c < 0 ? 1 : Dfa.bytes(c);
        int from = c < 0 ? first : c + 1;
        for (int b = bytes; b <= 6; b++) {
            if (b >= 2 && b <= 4) {
                int start = Math.max(from, first);
                for (int x = start; x <= Math.min(last, 0x7F); x++) {
                    if (Dfa.bytes(x) == b) {
                        return x;
                    }
                }
                int least = b == 2 ? 0x80 : b == 3 ? 0x800 : 0x10000;
                int most = b == 2 ? 0x7FF : b == 3 ? 0xFFFF : Character.MAX_CODE_POINT;
                int x = Math.max(least, start);
                if (x <= Math.min(most, last)) {
                    return x;
                }
            } else {
                for (int x = Math.max(from, first); x <= Math.min(last, 0x7F); x++) {
                    if (Dfa.bytes(x) == b) {
                        return x;
                    }
                }
            }
            from = first;
        }
        return -1;
    }
}
