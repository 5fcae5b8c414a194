package dev.keiryo.grammar;

import dev.keiryo.tokenizer.IntSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which tokens of a vocabulary may come next, kept for the frames of one language. What a frame allows does not depend on its
 * callers, except where it may end inside a token: so each frame's part is found once, by a walk down the tree of tokens, with
 * the nodes where it may have ended; from these nodes on the walk goes on in the frames below, whose parts are kept in the same
 * way. A mask is a few look-ups and unions (context-independent and -dependent tokens, Dong et al., XGrammar, arXiv
 * 2411.15100). Thread-safe.
 */
public final class TokenMasks {
    /** Bytes of all parts; beyond, they are forgotten and found anew. */
    private static final long MOST_BYTES = 256L << 20;

    private static final int STATES = 1 << 15;
    private static final Nodes ROOT = new Nodes(new int[1]);
    private static final Nodes NONE = new Nodes(new int[0]);

    private final TokenTrie trie;
    private final Map<Key, Part> parts = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();
    private final Machine machine = new Machine(STATES);
    private final State[] path;

    public TokenMasks(TokenTrie trie) {
        this.trie = trie;
        this.path = trie.path();
    }

    public TokenTrie trie() {
        return trie;
    }

    /** Nodes of the tree, ascending. */
    private record Nodes(int[] nodes) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Nodes n && Arrays.equals(n.nodes, nodes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(nodes);
        }
    }

    /** A frame that reads on from some nodes. */
    private record Key(Frame frame, Nodes from) {}

    /**
     * What a frame allows from some nodes on.
     *
     * @param tokens that end within it: bits of the whole vocabulary, or none where they are listed
     * @param list the tokens, where they are few
     * @param escapes nodes where it may have ended, and tokens go on
     * @param growth most bytes by which {@link Frame#shortest} grows with a token
     */
    private record Part(long[] tokens, int[] list, Nodes escapes, int growth) {
        void addTo(long[] mask) {
            for (int i = 0; i < tokens.length; i++) {
                mask[i] |= tokens[i];
            }
            for (int id : list) {
                mask[id >> 6] |= 1L << id;
            }
        }
    }

    private record Task(Stack stack, Nodes from) {}

    /** Words of a mask. */
    public int words() {
        return (trie.vocabulary() + 63) / 64;
    }

    /**
     * Sets the bits of all tokens that may follow {@code state}; token t is bit {@code t % 64} of word {@code t / 64}.
     *
     * @param mask of {@link #words}, cleared first
     * @return a bound on {@link State#shortest} after any of them
     */
    public int mask(State state, long[] mask) {
        Arrays.fill(mask, 0);
        int most = 0;
        List<Task> tasks = new ArrayList<>();
        for (Stack s : state.stacks) {
            tasks.add(new Task(s, ROOT));
        }
        for (int i = 0; i < tasks.size(); i++) {
            Stack stack = tasks.get(i).stack;
            if (stack.below.length == 0) {
                continue;
            }
            Part part = part(stack.top.within(trie.longest()), tasks.get(i).from);
            part.addTo(mask);
            most = Math.max(most, stack.shortest + part.growth);
            for (Stack s : stack.below) {
                Task next = new Task(s, part.escapes);
                if (part.escapes.nodes.length > 0 && !tasks.contains(next)) {
                    tasks.add(next);
                }
            }
        }
        return most;
    }

    private Part part(Frame frame, Nodes from) {
        Key key = new Key(frame, from);
        Part known = parts.get(key);
        if (known != null) {
            return known;
        }
        Part found = find(frame, from);
        long size = 100L + 8L * found.tokens.length + 4L * found.list.length + 4L * found.escapes.nodes.length;
        if (bytes.addAndGet(size) > MOST_BYTES) {
            parts.clear();
            bytes.set(0);
        }
        parts.put(key, found);
        return found;
    }

    private synchronized Part find(Frame frame, Nodes from) {
        State start = machine.start(frame);
        IntSequence tokens = new IntSequence();
        IntSequence escapes = new IntSequence();
        int[] most = {0};
        for (int root : from.nodes) {
            if (start.mayEnd()) {
                escapes.add(root);
            }
            trie.walk(root, machine, start, path, (node, state) -> {
                if (trie.first(node) < trie.first(node + 1)) {
                    trie.addTokens(node, tokens);
                    most[0] = Math.max(most[0], state.shortest());
                }
                if (state.mayEnd() && !trie.isLeaf(node)) {
                    escapes.add(node);
                }
            });
        }
        boolean few = tokens.size() < 2 * words();
        long[] bits = new long[few ? 0 : words()];
        for (int i = 0; !few && i < tokens.size(); i++) {
            bits[tokens.get(i) >> 6] |= 1L << tokens.get(i);
        }
        int[] nodes = Arrays.stream(escapes.toArray()).sorted().distinct().toArray();
        return new Part(
                bits,
                few ? tokens.toArray() : new int[0],
                nodes.length == 0 ? NONE : nodes.length == 1 && nodes[0] == 0 ? ROOT : new Nodes(nodes),
                Math.max(0, most[0] - frame.shortest()));
    }
}
