package dev.keiryo.train.data;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Whole documents in windows of a fixed size: documents longer than a window are cut at multiples of it, then all pieces, the longest first, go each into the window in which
 * the least room is left that suffices (best-fit decreasing). Memory: 12 bytes for each piece.
 *
 * <p>Source: Ding et al., Fewer Truncations Improve Language Modeling (2024, arXiv:2404.10830).
 */
final class BestFit {
    private final int context;
    /** Pieces by windows: first token. */
    private final long[] first;
    /** Where each window's pieces begin. */
    private final int[] windows;

    private final TokenFile file;

    BestFit(TokenFile file, int context) {
        this.file = file;
        this.context = context;
        long pieces = 0;
        for (long d = 0; d < file.documents(); d++) {
            pieces += Math.ceilDiv(file.start(d + 1) - file.start(d), (long) context);
        }
        if (pieces > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException(pieces
                    + " pieces of documents are too many to pack by best fit; concatenate them, or use longer windows");
        }
        int n = (int) pieces;
        long[] firsts = new long[n];
        int[] order = byLength(firsts);
        int[] window = new int[n];
        int count = place(firsts, order, window);
        windows = new int[count + 1];
        for (int p = 0; p < n; p++) {
            windows[window[p] + 1]++;
        }
        for (int w = 0; w < count; w++) {
            windows[w + 1] += windows[w];
        }
        int[] next = windows.clone();
        first = new long[n];
        for (int p : order) {
            first[next[window[p]]++] = firsts[p];
        }
    }

    /** Fills {@code firsts} with the first tokens of all pieces; gives their indices, the longest first, then as they come. */
    private int[] byLength(long[] firsts) {
        int[] counts = new int[context + 2];
        int n = 0;
        for (long d = 0; d < file.documents(); d++) {
            for (long from = file.start(d); from < file.start(d + 1); from += context) {
                firsts[n++] = from;
                counts[context - length(from) + 1]++;
            }
        }
        for (int i = 0; i <= context; i++) {
            counts[i + 1] += counts[i];
        }
        int[] order = new int[n];
        for (int p = 0; p < n; p++) {
            order[counts[context - length(firsts[p])]++] = p;
        }
        return order;
    }

    private int length(long from) {
        return (int) Math.min(context, file.start(file.document(from) + 1) - from);
    }

    /** Puts each piece into a window; gives the number of windows. */
    private int place(long[] firsts, int[] order, int[] window) {
        // Windows with as much room as the index says, as a stack: its top, and below each window the next.
        int[] top = new int[context + 1];
        Arrays.fill(top, -1);
        BitSet rooms = new BitSet(context + 1);
        int[] below = new int[order.length];
        int count = 0;
        for (int p : order) {
            int length = length(firsts[p]);
            int room = rooms.nextSetBit(length);
            int chosen;
            if (room < 0) {
                chosen = count++;
                room = context;
            } else {
                chosen = top[room];
                top[room] = below[chosen];
                if (top[room] < 0) {
                    rooms.clear(room);
                }
            }
            window[p] = chosen;
            int left = room - length;
            if (left > 0) {
                below[chosen] = top[left];
                top[left] = chosen;
                rooms.set(left);
            }
        }
        return count;
    }

    int windows() {
        return windows.length - 1;
    }

    /** Index of a window's first piece; for the number of windows, the number of pieces. */
    int pieces(int window) {
        return windows[window];
    }

    /** The first token of a piece. */
    long first(int piece) {
        return first[piece];
    }
}
