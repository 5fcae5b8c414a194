package dev.keiryo.tokenizer;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Remembers the ids of recent short pieces: a fixed number of places, the latest piece for a place stays. Thread-safe. */
final class PieceCache {
    private static final int LONGEST = 32;
    private static final int PLACES = 1 << 15;

    private record Entry(String piece, int[] ids) {}

    private final AtomicReferenceArray<@Nullable Entry> places = new AtomicReferenceArray<>(PLACES);

    /** Appends the ids of {@code text[from, to)} if they are remembered. */
    boolean find(String text, int from, int to, IntSequence out) {
        if (to - from > LONGEST) {
            return false;
        }
        Entry entry = places.getPlain(place(text, from, to));
        if (entry == null
                || entry.piece.length() != to - from
                || !entry.piece.regionMatches(0, text, from, to - from)) {
            return false;
        }
        for (int id : entry.ids) {
            out.add(id);
        }
        return true;
    }

    /** Remembers that the ids of {@code text[from, to)} are those in {@code out} from {@code start} on. */
    void add(String text, int from, int to, IntSequence out, int start) {
        if (to - from > LONGEST) {
            return;
        }
        int[] ids = new int[out.size() - start];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = out.get(start + i);
        }
        // release: whoever sees the entry sees its fields
        places.setRelease(place(text, from, to), new Entry(text.substring(from, to), ids));
    }

    private static int place(String text, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + text.charAt(i);
        }
        return (hash * 0x9E3779B9) >>> (32 - 15);
    }
}
