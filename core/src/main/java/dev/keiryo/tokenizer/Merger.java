package dev.keiryo.tokenizer;

import java.util.Arrays;

/**
 * Merges a sequence of symbols: as long as any two neighbours may merge, the pair of the lowest rank does, the leftmost
 * among equals.
 *
 * <p>Source: Sennrich, Haddow and Birch 2016, "Neural machine translation of rare words with subword units".
 */
final class Merger {
    /** Up to this length, looking through all pairs for the lowest beats keeping a heap. */
    private static final int SHORT = 96;

    private final MergeTable table;

    Merger(MergeTable table) {
        this.table = table;
    }

    /** Merges {@code symbols[0, n)} in place. Returns how many are left, at the front. */
    int merge(int[] symbols, int n) {
        if (n < 2) {
            return n;
        }
        return n <= SHORT ? mergeShort(symbols, n) : new Heap(symbols, n).merge();
    }

    private int mergeShort(int[] symbols, int length) {
        int n = length;
        int[] slots = new int[n];
        int[] ranks = new int[n];
        for (int i = 0; i + 1 < n; i++) {
            slots[i] = table.find(symbols[i], symbols[i + 1]);
            ranks[i] = table.rank(slots[i]);
        }
        while (n > 1) {
            int best = 0;
            int lowest = ranks[0];
            for (int i = 1; i < n - 1; i++) {
                if (ranks[i] < lowest) {
                    lowest = ranks[i];
                    best = i;
                }
            }
            if (lowest == MergeTable.NEVER) {
                break;
            }
            symbols[best] = table.merged(slots[best]);
            n--;
            System.arraycopy(symbols, best + 2, symbols, best + 1, n - best - 1);
            System.arraycopy(slots, best + 1, slots, best, n - best);
            System.arraycopy(ranks, best + 1, ranks, best, n - best);
            if (best + 1 < n) {
                slots[best] = table.find(symbols[best], symbols[best + 1]);
                ranks[best] = table.rank(slots[best]);
            }
            if (best > 0) {
                slots[best - 1] = table.find(symbols[best - 1], symbols[best]);
                ranks[best - 1] = table.rank(slots[best - 1]);
            }
        }
        return n;
    }

    /** Symbols as a linked list, pairs in a heap ordered by rank and position: O(n log n). */
    private final class Heap {
        private final int[] symbols;
        private final int n;
        private final int[] next;
        private final int[] previous;
        /** The rank of the pair that begins here now: heap entries that say otherwise are outdated. */
        private final int[] ranks;

        private long[] heap;
        private int size;

        Heap(int[] symbols, int n) {
            this.symbols = symbols;
            this.n = n;
            next = new int[n];
            previous = new int[n];
            ranks = new int[n];
            heap = new long[n];
        }

        int merge() {
            for (int i = 0; i < n; i++) {
                next[i] = i + 1;
                previous[i] = i - 1;
            }
            for (int i = 0; i < n; i++) {
                rank(i);
            }
            while (size > 0) {
                long entry = pop();
                int left = (int) entry;
                if (ranks[left] != (int) (entry >>> 32)) {
                    continue;
                }
                int right = next[left];
                symbols[left] = table.merged(table.find(symbols[left], symbols[right]));
                ranks[right] = MergeTable.NEVER;
                next[left] = next[right];
                if (next[left] < n) {
                    previous[next[left]] = left;
                }
                rank(left);
                if (previous[left] >= 0) {
                    rank(previous[left]);
                }
            }
            int count = 0;
            for (int i = 0; i < n; i = next[i]) {
                symbols[count++] = symbols[i];
            }
            return count;
        }

        private void rank(int i) {
            ranks[i] = next[i] < n ? table.rank(table.find(symbols[i], symbols[next[i]])) : MergeTable.NEVER;
            if (ranks[i] != MergeTable.NEVER) {
                push((long) ranks[i] << 32 | i);
            }
        }

        private void push(long entry) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, 2 * size);
            }
            int i = size++;
            while (i > 0 && heap[(i - 1) >> 1] > entry) {
                heap[i] = heap[(i - 1) >> 1];
                i = (i - 1) >> 1;
            }
            heap[i] = entry;
        }

        private long pop() {
            long top = heap[0];
            long last = heap[--size];
            int i = 0;
            while (2 * i + 1 < size) {
                int child = 2 * i + 1;
                if (child + 1 < size && heap[child + 1] < heap[child]) {
                    child++;
                }
                if (heap[child] >= last) {
                    break;
                }
                heap[i] = heap[child];
                i = child;
            }
            heap[i] = last;
            return top;
        }
    }
}
