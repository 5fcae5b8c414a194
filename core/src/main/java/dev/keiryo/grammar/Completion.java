package dev.keiryo.grammar;

import dev.keiryo.tokenizer.IntSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a text can still be ended within a number of tokens. Where every byte is a token, {@link State#shortest} bytes are as
 * many tokens at most; where they are too many, the shortest ending is spelled with the fewest tokens; where even these are too
 * many, or cannot spell it, a way of tokens is searched for. So a yes is certain, and a no is not, but from a state that may be
 * ended there is always a token to another such state. Not thread-safe.
 */
public final class Completion {
    /** Walks of one search, and nodes that they may come to; who finds nothing by then is taken to have no way. */
    private static final int MOST_WALKS = 400;

    private static final int MOST_STEPS = 4_000_000;
    /** Bytes of an ending that is spelled. */
    private static final int LONGEST = 1 << 14;

    private static final int NEVER = Integer.MAX_VALUE / 2;
    /** States whose choices are kept, and whose endings are. */
    private static final int KEPT_CHOICES = 16;

    private static final int KEPT_ENDINGS = 1 << 14;

    private final TokenTrie trie;
    private final Machine machine;
    private final State[] path;
    /** Fewest tokens that spell the shortest ending. */
    private final Map<State, Integer> endings = new HashMap<>();
    /** Tokens that were found to be enough, and for which nothing was found. */
    private final Map<State, Integer> enough = new HashMap<>();

    private final Map<State, Integer> tooFew = new HashMap<>();
    private final LinkedHashMap<State, List<Choice>> choices = new LinkedHashMap<>(16, 0.75f, true);

    public Completion(TokenTrie trie, Machine machine) {
        this.trie = trie;
        this.machine = machine;
        this.path = trie.path();
    }

    /** Tokens that lead to one state. */
    private record Choice(State next, int[] tokens) {}

    /** A place in a search: the state, and the place one token before. */
    private record Place(State state, int tokens, @Nullable Place before) {
        /** Fewest tokens by which it may be reached and ended, were all as long as the longest. */
        int bound(int longest) {
            return tokens + (state.shortest() + longest - 1) / longest;
        }
    }

    /** Whether {@code state} can be brought to an end by at most {@code tokens} tokens. */
    public boolean fits(State state, int tokens) {
        return isSpelled(state, tokens) || (mayFit(state, tokens) && search(state, tokens));
    }

    /** Whether the shortest ending is short enough, or a way has been found before. */
    private boolean isSpelled(State state, int tokens) {
        if (state.isDead() || tokens < 0) {
            return false;
        }
        return state.mayEnd()
                || (trie.hasAllBytes() && state.shortest() <= tokens)
                || enough.getOrDefault(state, NEVER) <= tokens
                || (mayFit(state, tokens) && spelled(state) <= tokens);
    }

    private boolean mayFit(State state, int tokens) {
        return !state.isDead() && tokens >= 0 && (long) tokens * trie.longest() >= state.shortest();
    }

    /** Fewest tokens that end {@code state}, as far as is known, or -1 where there are none up to {@code most}. */
    public int fewest(State state, int most) {
        int spelled = spelled(state);
        if (spelled < NEVER) {
            return spelled <= most ? spelled : -1;
        }
        int low = Math.max(0, state.shortest() / Math.max(1, trie.longest()));
        for (int n = low; n <= most; n++) {
            if (fits(state, n)) {
                return n;
            }
        }
        return -1;
    }

    /** Fewest tokens that spell the shortest ending; {@link #NEVER} where none do. */
    private int spelled(State start) {
        Integer known = endings.get(start);
        if (known != null) {
            return known;
        }
        if (start.shortest() > LONGEST) {
            return NEVER;
        }
        if (endings.size() > KEPT_ENDINGS) {
            endings.clear();
        }
        List<State> along = new ArrayList<>();
        byte[] bytes = new byte[start.shortest()];
        for (State at = start; !at.mayEnd(); ) {
            int b = at.nearer(machine);
            if (b < 0 || along.size() == bytes.length) {
                endings.put(start, NEVER);
                return NEVER;
            }
            bytes[along.size()] = (byte) b;
            along.add(at);
            at = machine.next(at, b);
        }
        int n = along.size();
        int[] fewest = new int[n + 1];
        for (int i = n - 1; i >= 0; i--) {
            fewest[i] = NEVER;
            int node = trie.child(0, bytes[i]);
            for (int j = i + 1; node >= 0; node = j < n ? trie.child(node, bytes[j++]) : -1) {
                if (trie.first(node) < trie.first(node + 1)) {
                    fewest[i] = Math.min(fewest[i], 1 + fewest[j]);
                }
            }
            endings.put(along.get(i), fewest[i]);
        }
        return fewest[0];
    }

    private boolean search(State start, int tokens) {
        if (tooFew.getOrDefault(start, -1) >= tokens) {
            return false;
        }
        // the nearest to the end first; of equals, the one reached by fewer tokens
        PriorityQueue<Place> open = new PriorityQueue<>(
                Comparator.comparingInt((Place p) -> p.state.shortest()).thenComparingInt(Place::tokens));
        Set<State> seen = new HashSet<>();
        open.add(new Place(start, 0, null));
        int[] steps = {0};
        for (int walks = 0; !open.isEmpty() && walks < MOST_WALKS && steps[0] < MOST_STEPS; walks++) {
            Place place = open.remove();
            Place[] end = {null};
            trie.walk(0, machine, place.state, path, (node, state) -> {
                steps[0]++;
                boolean token = trie.first(node) < trie.first(node + 1);
                if (token && end[0] == null && seen.add(state)) {
                    Place next = new Place(state, place.tokens + 1, place);
                    if (isSpelled(state, tokens - next.tokens)) {
                        end[0] = next;
                    } else if (next.bound(trie.longest()) <= tokens) {
                        open.add(next);
                    }
                }
            });
            if (end[0] != null) {
                for (Place p = end[0]; p != null; p = p.before) {
                    enough.merge(p.state, tokens - p.tokens, Math::min);
                }
                return true;
            }
        }
        tooFew.merge(start, tokens, Math::max);
        return false;
    }

    /**
     * Every token that may follow {@code state} and leave a text that ends within {@code tokens} more, as far as that is known:
     * where every byte is a token, nothing is searched for.
     */
    public void mask(State state, int tokens, long[] mask) {
        Arrays.fill(mask, 0);
        for (Choice choice : choices(state)) {
            if (trie.hasAllBytes() ? isSpelled(choice.next, tokens) : fits(choice.next, tokens)) {
                for (int id : choice.tokens) {
                    mask[id >> 6] |= 1L << id;
                }
            }
        }
    }

    private List<Choice> choices(State state) {
        List<Choice> known = choices.get(state);
        if (known != null) {
            return known;
        }
        Map<State, IntSequence> tokens = new LinkedHashMap<>();
        trie.walk(0, machine, state, path, (node, next) -> {
            if (trie.first(node) < trie.first(node + 1)) {
                trie.addTokens(node, tokens.computeIfAbsent(next, s -> new IntSequence()));
            }
        });
        List<Choice> found = new ArrayList<>();
        tokens.forEach((next, ids) -> found.add(new Choice(next, ids.toArray())));
        if (choices.size() == KEPT_CHOICES) {
            choices.pollFirstEntry();
        }
        choices.put(state, found);
        return found;
    }
}
