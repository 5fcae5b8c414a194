package dev.keiryo.tokenizer;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * A trie over the UTF-16 units of a vocabulary's pieces, laid out breadth-first: the children of a node are neighbours,
 * ordered by label, so a node costs ten bytes and a step is a short search in one stretch of memory. Immutable.
 */
final class PieceTrie {
    static final int ROOT = 0;

    /** No such node, or no piece ends there. */
    static final int NONE = -1;

    private static final int LINEAR_SEARCH = 8;

    /** Children of node n are the nodes {@code firstChild[n] … firstChild[n + 1] - 1}. */
    private final int[] firstChild;

    private final char[] label;
    private final int[] value;

    /** The root's children by label: nearly every walk starts with this step, and it has thousands of children. */
    private final int[] rootChild = new int[1 << 16];

    /**
     * @param pieces of equal pieces the first one counts; empty ones are left out
     * @param wanted which indices of {@code pieces} take part; they are the values
     */
    PieceTrie(List<String> pieces, IntPredicate wanted) {
        int[] order = IntStream.range(0, pieces.size())
                .filter(i -> wanted.test(i) && !pieces.get(i).isEmpty())
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> pieces.get(i)))
                .mapToInt(Integer::intValue)
                .toArray();
        Layout layout = new Layout(pieces, order);
        firstChild = layout.firstChild.toArray();
        label = layout.labels();
        value = layout.value.toArray();
        Arrays.fill(rootChild, NONE);
        for (int child = firstChild[ROOT]; child < firstChild[ROOT + 1]; child++) {
            rootChild[label[child]] = child;
        }
    }

    /** The node one step from {@code node}, or {@link #NONE}. */
    int child(int node, char c) {
        if (node == ROOT) {
            return rootChild[c];
        }
        int from = firstChild[node];
        int to = firstChild[node + 1];
        while (to - from > LINEAR_SEARCH) {
            int middle = (from + to) >>> 1;
            if (label[middle] <= c) {
                from = middle;
            } else {
                to = middle;
            }
        }
        for (int child = from; child < to; child++) {
            if (label[child] == c) {
                return child;
            }
        }
        return NONE;
    }

    /** The index of the piece that ends at {@code node}, or {@link #NONE}. */
    int value(int node) {
        return value[node];
    }

    /** Builds the arrays level by level from the sorted pieces: a node is a range of them with a common prefix. */
    private static final class Layout {
        final IntSequence firstChild = new IntSequence();
        final IntSequence value = new IntSequence();
        private final IntSequence label = new IntSequence();

        Layout(List<String> pieces, int[] order) {
            IntSequence from = new IntSequence();
            IntSequence to = new IntSequence();
            IntSequence depth = new IntSequence();
            from.add(0);
            to.add(order.length);
            depth.add(0);
            label.add(0);
            for (int node = 0; node < from.size(); node++) {
                int i = from.get(node);
                int end = to.get(node);
                int length = depth.get(node);
                int piece = NONE;
                // equal pieces sort stably by index, and all those of exactly this prefix come first
                while (i < end && pieces.get(order[i]).length() == length) {
                    piece = piece == NONE ? order[i] : piece;
                    i++;
                }
                value.add(piece);
                firstChild.add(from.size());
                while (i < end) {
                    char c = pieces.get(order[i]).charAt(length);
                    int next = i + 1;
                    while (next < end && pieces.get(order[next]).charAt(length) == c) {
                        next++;
                    }
                    from.add(i);
                    to.add(next);
                    depth.add(length + 1);
                    label.add(c);
                    i = next;
                }
            }
            firstChild.add(from.size());
        }

        char[] labels() {
            char[] labels = new char[label.size()];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = (char) label.get(i);
            }
            return labels;
        }
    }
}
