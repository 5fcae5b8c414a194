package dev.keiryo.grammar;

import dev.keiryo.tokenizer.IntSequence;
import java.util.Arrays;

/**
 * The bytes of a vocabulary's tokens as a tree, so that what tokens have in common is read once. Nodes are numbered as they
 * are met from the root down (preorder), the root is 0: the nodes below node i are i + 1 to end(i) - 1. Immutable.
 */
public final class TokenTrie {
    private final int vocabulary;
    private final int longest;
    private final boolean allBytes;
    private final byte[] labels;
    private final int[] depths;
    private final int[] ends;
    private final int[] firsts;
    private final int[] ids;

    /** @param tokens the bytes of each token; none for those that are no text */
    public TokenTrie(byte[][] tokens) {
        vocabulary = tokens.length;
        Integer[] order = new Integer[tokens.length];
        int n = 0;
        int total = 1;
        int most = 0;
        boolean[] single = new boolean[256];
        for (int id = 0; id < tokens.length; id++) {
            byte[] token = tokens[id];
            if (token.length > 0) {
                order[n++] = id;
                total += token.length;
                most = Math.max(most, token.length);
                single[token[0] & 0xFF] |= token.length == 1;
            }
        }
        longest = most;
        allBytes = isComplete(single);
        Arrays.sort(order, 0, n, (a, b) -> Arrays.compareUnsigned(tokens[a], tokens[b]));
        byte[] label = new byte[total];
        int[] depth = new int[total];
        int[] end = new int[total];
        int[] first = new int[total + 1];
        ids = new int[n];
        int[] path = new int[most + 1];
        int nodes = 1;
        byte[] before = {};
        for (int i = 0; i < n; i++) {
            byte[] token = tokens[order[i]];
            ids[i] = order[i];
            int shared = Arrays.mismatch(before, token);
            shared = shared < 0 ? token.length : shared;
            for (int d = before.length; d > shared; d--) {
                end[path[d]] = nodes;
            }
            for (int d = shared + 1; d <= token.length; d++) {
                label[nodes] = token[d - 1];
                depth[nodes] = d;
                first[nodes] = i;
                path[d] = nodes++;
            }
            before = token;
        }
        for (int d = before.length; d >= 0; d--) {
            end[path[d]] = nodes;
        }
        first[nodes] = n;
        labels = Arrays.copyOf(label, nodes);
        depths = Arrays.copyOf(depth, nodes);
        ends = Arrays.copyOf(end, nodes);
        firsts = Arrays.copyOf(first, nodes + 1);
    }

    /** Bytes that are in no UTF-8 are not missed. */
    private static boolean isComplete(boolean[] single) {
        for (int b = 0; b < 256; b++) {
            if (!single[b] && b != 0xC0 && b != 0xC1 && b < 0xF5) {
                return false;
            }
        }
        return true;
    }

    /** Number of tokens, those that are no text included. */
    public int vocabulary() {
        return vocabulary;
    }

    /** Bytes of the longest token. */
    public int longest() {
        return longest;
    }

    /** Whether every byte of UTF-8 is a token by itself, so that all texts can be spelled. */
    public boolean hasAllBytes() {
        return allBytes;
    }

    int size() {
        return labels.length;
    }

    boolean isLeaf(int node) {
        return ends[node] == node + 1;
    }

    /** The tokens that end at {@code node} are {@link #token}{@code (first(node))} to {@code token(first(node + 1) - 1)}. */
    int first(int node) {
        return firsts[node];
    }

    int token(int at) {
        return ids[at];
    }

    /** The node one byte below {@code node}; -1 for none. */
    int child(int node, byte b) {
        int child = node + 1;
        while (child < ends[node] && labels[child] != b) {
            child = ends[child];
        }
        return child < ends[node] ? child : -1;
    }

    /** Where a walk below some node has come. */
    @FunctionalInterface
    interface Visitor {
        void at(int node, State state);
    }

    /** Walks down from {@code root}, where {@code machine} is in {@code state}, as far as bytes are allowed. */
    void walk(int root, Machine machine, State state, State[] path, Visitor visitor) {
        int base = depths[root];
        path[0] = state;
        for (int node = root + 1; node < ends[root]; ) {
            int d = depths[node] - base;
            State next = machine.next(path[d - 1], labels[node] & 0xFF);
            if (next.isDead()) {
                node = ends[node];
            } else {
                path[d] = next;
                visitor.at(node, next);
                node++;
            }
        }
    }

    /** Room for {@link #walk}. */
    State[] path() {
        State[] path = new State[longest + 1];
        Arrays.fill(path, State.DEAD);
        return path;
    }

    /** Adds the tokens that end at {@code node}. */
    void addTokens(int node, IntSequence to) {
        for (int i = firsts[node]; i < firsts[node + 1]; i++) {
            to.add(ids[i]);
        }
    }
}
