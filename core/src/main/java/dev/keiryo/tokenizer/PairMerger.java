package dev.keiryo.tokenizer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The words of a corpus as sequences of tokens, and the merging of their most frequent pair. Pair counts are kept up to
 * date where a merge changes them, and every pair knows where it occurs, so a merge costs what it changes, however long
 * a word is.
 */
final class PairMerger {
    private static final int NONE = -1;

    /** Two neighbouring tokens; how often and where they occur. */
    static final class Pair {
        private final int left;
        private final int right;
        private final IntSequence places = new IntSequence(4);
        private long count;

        private Pair(int left, int right) {
            this.left = left;
            this.right = right;
        }

        int left() {
            return left;
        }

        int right() {
            return right;
        }
    }

    /** A pair as it stood when it was queued; out of date where its count has changed since. */
    private record Queued(Pair pair, long count) {}

    private final List<byte[]> tokens = new ArrayList<>();
    private final Map<ByteBuffer, Integer> ids = new HashMap<>();
    private final Map<Long, Pair> pairs = new HashMap<>();
    private final PriorityQueue<Queued> queue;

    /** Per place in all words: the token there (NONE: swallowed by the one before), its neighbours, its word. */
    private final IntSequence symbols = new IntSequence();

    private final IntSequence wordOf = new IntSequence();
    private final List<Long> counts = new ArrayList<>();
    private int @Nullable [] symbol;
    private int[] previous = new int[0];
    private int[] next = new int[0];

    /** @param initial the bytes of the tokens that words start out as */
    PairMerger(byte[][] initial) {
        for (byte[] token : initial) {
            idOf(token);
        }
        queue = new PriorityQueue<>(Comparator.comparingLong(Queued::count)
                .thenComparing((a, b) -> compare(a.pair().left, b.pair().left))
                .thenComparing((a, b) -> compare(a.pair().right, b.pair().right))
                .reversed());
    }

    private int compare(int a, int b) {
        return Arrays.compareUnsigned(tokens.get(a), tokens.get(b));
    }

    private int idOf(byte[] token) {
        return ids.computeIfAbsent(ByteBuffer.wrap(token), t -> {
            tokens.add(token);
            return tokens.size() - 1;
        });
    }

    /** Adds a word that occurs {@code count} times; only before the first merge. */
    void add(int[] word, long count) {
        for (int s : word) {
            symbols.add(s);
            wordOf.add(counts.size());
        }
        counts.add(count);
    }

    /** Number of different tokens. */
    int size() {
        return tokens.size();
    }

    /**
     * Merges the most frequent pair everywhere and returns it; null where none occurs {@code minCount} times. The
     * outcome may be a token that other pairs gave before.
     */
    @Nullable
    Pair mergeBest(long minCount) {
        int[] at = symbol == null ? link() : symbol;
        for (Queued top = queue.poll(); top != null; top = queue.poll()) {
            Pair pair = top.pair();
            if (pair.count == top.count() && pair.count >= minCount) {
                merge(pair, at);
                return pair;
            }
            if (pair.count != top.count() && pair.count > 0 && pair.count < top.count()) {
                queue.add(new Queued(pair, pair.count));
            }
        }
        return null;
    }

    private int[] link() {
        int[] at = symbols.toArray();
        symbol = at;
        previous = new int[at.length];
        next = new int[at.length];
        for (int i = 0; i < at.length; i++) {
            boolean last = i + 1 == at.length || wordOf.get(i + 1) != wordOf.get(i);
            next[i] = last ? NONE : i + 1;
            previous[i] = i > 0 && wordOf.get(i - 1) == wordOf.get(i) ? i - 1 : NONE;
            if (!last) {
                occur(at[i], at[i + 1], i);
            }
        }
        pairs.values().forEach(pair -> queue.add(new Queued(pair, pair.count)));
        return at;
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    private Pair occur(int left, int right, int place) {
        Pair pair = pairs.computeIfAbsent(key(left, right), k -> new Pair(left, right));
        pair.places.add(place);
        pair.count += counts.get(wordOf.get(place));
        return pair;
    }

    private void vanish(int left, int right, long count) {
        Pair pair = pairs.get(key(left, right));
        if (pair != null) {
            pair.count -= count;
            if (pair.count == 0) {
                pairs.remove(key(left, right));
            }
        }
    }

    private void merge(Pair pair, int[] at) {
        byte[] left = tokens.get(pair.left);
        byte[] right = tokens.get(pair.right);
        byte[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        int merged = idOf(both);
        // in reading order: of overlapping occurrences (a a a) the first counts
        int[] places = pair.places.toArray();
        Arrays.sort(places);
        Set<Pair> grown = new LinkedHashSet<>();
        for (int i : places) {
            int j = at[i] == pair.left ? next[i] : NONE;
            if (j == NONE || at[j] != pair.right) {
                continue; // an earlier merge took one of the two
            }
            long count = counts.get(wordOf.get(i));
            int before = previous[i];
            int after = next[j];
            vanish(pair.left, pair.right, count);
            at[i] = merged;
            at[j] = NONE;
            next[i] = after;
            if (before != NONE) {
                vanish(at[before], pair.left, count);
                grown.add(occur(at[before], merged, before));
            }
            if (after != NONE) {
                previous[after] = i;
                vanish(pair.right, at[after], count);
                grown.add(occur(merged, at[after], i));
            }
        }
        for (Pair p : grown) {
            if (p.count > 0) {
                queue.add(new Queued(p, p.count));
            }
        }
    }
}
