package dev.keiryo.grammar;

import dev.keiryo.tokenizer.IntSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a text can still be ended within a number of tokens. Where every byte is a token, {@link State#shortest} bytes are as
 * many tokens at most; where they are too many, or a byte is no token, a way of tokens is searched for. Not thread-safe.
 */
public final class Completion {
    /** Walks of one search; who finds nothing in so many is taken to have no way. */
    private static final int MOST_WALKS = 400;

    private final TokenTrie trie;
    private final Machine machine;
    private final State[] path;
    /** Tokens that are known to be enough, and to be too few. */
    private final Map<State, Integer> enough = new HashMap<>();

    private final Map<State, Integer> tooFew = new HashMap<>();

    public Completion(TokenTrie trie, Machine machine) {
        this.trie = trie;
        this.machine = machine;
        this.path = trie.path();
    }

    /** A place in a search: the state, and the place one token before. */
    private record Place(State state, int tokens, @Nullable Place before) {
        /** Fewest tokens by which it may be reached and ended, were all as long as the longest. */
        int bound(int longest) {
            return tokens + (state.shortest() + longest - 1) / longest;
        }
    }

    /** Whether {@code state} can be brought to an end by at most {@code tokens} tokens. */
    public boolean fits(State state, int tokens) {
        if (state.isDead() || tokens < 0) {
            return false;
        }
        if (state.mayEnd() || (trie.hasAllBytes() && state.shortest() <= tokens)) {
            return true;
        }
        if (enough.getOrDefault(state, Integer.MAX_VALUE) <= tokens) {
            return true;
        }
        if ((long) tokens * trie.longest() < state.shortest() || tooFew.getOrDefault(state, -1) >= tokens) {
            return false;
        }
        return search(state, tokens);
    }

    /** Fewest tokens that end {@code state}, as far as the search finds out, or -1 where there is none up to {@code most}. */
    public int fewest(State state, int most) {
        int low = Math.max(0, state.shortest() / Math.max(1, trie.longest()));
        for (int n = low; n <= most; n++) {
            if (fits(state, n)) {
                return n;
            }
        }
        return -1;
    }

    private boolean search(State start, int tokens) {
        // the nearest to the end first; of equals, the one reached by fewer tokens
        PriorityQueue<Place> open = new PriorityQueue<>(
                Comparator.comparingInt((Place p) -> p.state.shortest()).thenComparingInt(Place::tokens));
        Set<State> seen = new HashSet<>();
        open.add(new Place(start, 0, null));
        for (int walks = 0; !open.isEmpty() && walks < MOST_WALKS; walks++) {
            Place place = open.remove();
            Place[] end = {null};
            trie.walk(0, machine, place.state, path, (node, state) -> {
                boolean token = trie.first(node) < trie.first(node + 1);
                if (token && end[0] == null && seen.add(state)) {
                    Place next = new Place(state, place.tokens + 1, place);
                    int left = tokens - next.tokens;
                    boolean ended = state.mayEnd() || (trie.hasAllBytes() && state.shortest() <= left);
                    if (ended) {
                        end[0] = next;
                    } else if (next.bound(trie.longest()) <= tokens) {
                        open.add(next);
                    }
                }
            });
            if (end[0] != null) {
                int more = end[0].state.mayEnd() ? 0 : end[0].state.shortest();
                for (Place p = end[0]; p != null; p = p.before) {
                    enough.merge(p.state, end[0].tokens - p.tokens + more, Math::min);
                }
                return true;
            }
        }
        tooFew.merge(start, tokens, Math::max);
        return false;
    }

    /** Every token that may follow {@code state} and leave a text that ends within {@code tokens} more. */
    public void mask(State state, int tokens, long[] mask) {
        Arrays.fill(mask, 0);
        IntSequence found = new IntSequence();
        Map<State, Boolean> fitting = new HashMap<>();
        IntSequence nodes = new IntSequence();
        List<State> states = new ArrayList<>();
        trie.walk(0, machine, state, trie.path(), (node, next) -> {
            if (trie.first(node) < trie.first(node + 1)) {
                nodes.add(node);
                states.add(next);
            }
        });
        for (int i = 0; i < nodes.size(); i++) {
            if (fitting.computeIfAbsent(states.get(i), s -> fits(s, tokens))) {
                trie.addTokens(nodes.get(i), found);
            }
        }
        for (int i = 0; i < found.size(); i++) {
            mask[found.get(i) >> 6] |= 1L << found.get(i);
        }
    }
}
