package dev.keiryo.cache;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of one sequence's tokens, slot by slot (a slot is one attention layer), in pages of
 * {@link #PAGE} positions, so that a sequence takes memory only as it grows.
 *
 * <p>Not thread-safe, but different threads may write different heads or positions of a slot that has been extended.
 */
public final class KvCache implements AutoCloseable {
    /** Positions in a page; also the block of online softmax, so a page is what attention reads at a time. */
    public static final int PAGE = 64;

    private final Arena arena = Arena.ofShared();
    private final List<Slot> slots = new ArrayList<>();
    private final KvType type;
    private long bytes;

    /** @param type how keys and values are kept */
    public KvCache(int slotCount, KvType type) {
        this.type = type;
        for (int i = 0; i < slotCount; i++) {
            slots.add(new Slot());
        }
    }

    public KvType type() {
        return type;
    }

    public Slot slot(int index) {
        return slots.get(index);
    }

    /** Memory that the pages take. */
    public long bytes() {
        return bytes;
    }

    /** Forgets positions from {@code length} on in {@code count} slots from {@code first}. Pages stay for reuse. */
    public void truncate(int first, int count, int length) {
        for (Slot s : slots.subList(first, first + count)) {
            s.length = Math.min(s.length, length);
        }
    }

    /** Frees the memory. Nobody may be attending to it. */
    @Override
    public void close() {
        arena.close();
    }

    /** One attention's keys and values. In each page, head follows head, each as {@link KvType} says. */
    public final class Slot {
        private final List<MemorySegment> keys = new ArrayList<>();
        private final List<MemorySegment> values = new ArrayList<>();
        private int heads;
        private int keyDim;
        private int valueDim;
        private int length;

        private Slot() {}

        public KvType type() {
            return type;
        }

        /** Positions held. */
        public int length() {
            return length;
        }

        /** The keys of positions {@code page·PAGE …}, all heads. */
        public MemorySegment keys(int page) {
            return keys.get(page);
        }

        /** The values of positions {@code page·PAGE …}, all heads. */
        public MemorySegment values(int page) {
            return values.get(page);
        }

        /** Bytes from a page's start to the keys of {@code head}. */
        public long keyOffset(int head) {
            return head * type.keyBytes(keyDim);
        }

        /** Bytes from a page's start to the values of {@code head}. */
        public long valueOffset(int head) {
            return head * type.valueBytes(valueDim);
        }

        /**
         * Makes room for positions {@code [from, to)}, which then count as held: they are to be {@link #put} next.
         *
         * @param from at most one past the end
         * @throws IllegalArgumentException where there would be a gap, or where the shape is another than before
         */
        public void extend(int kvHeads, int headDim, int headValueDim, int from, int to) {
            if (from > length || from < 0) {
                throw new IllegalArgumentException("position " + from + " would leave a gap after " + length);
            }
            if (keys.isEmpty()) {
                heads = kvHeads;
                keyDim = headDim;
                valueDim = headValueDim;
            } else if (heads != kvHeads || keyDim != headDim || valueDim != headValueDim) {
                throw new IllegalArgumentException("%d heads of %d and %d numbers do not follow %d of %d and %d"
                        .formatted(kvHeads, headDim, headValueDim, heads, keyDim, valueDim));
            }
            while (keys.size() * PAGE < to) {
                keys.add(arena.allocate(keyOffset(heads), 64));
                values.add(arena.allocate(valueOffset(heads), 64));
                bytes += keyOffset(heads) + valueOffset(heads);
            }
            length = Math.max(length, to);
        }

        /**
         * Stores heads {@code [fromHead, toHead)} of rows {@code [row, row + count)} of {@code k [rows, heads·keyDim]} and
         * {@code v [rows, heads·valueDim]} at the positions from {@code position} on.
         */
        public void put(int position, int count, Matrix k, Matrix v, int row, int fromHead, int toHead) {
            if (k.cols() != heads * keyDim || v.cols() != heads * valueDim || position + count > length) {
                throw new IllegalArgumentException("keys %s and values %s for position %d of %d, %d heads of %d and %d"
                        .formatted(k, v, position, length, heads, keyDim, valueDim));
            }
            for (int i = 0; i < count; i++) {
                MemorySegment keyPage = keys.get((position + i) / PAGE);
                MemorySegment valuePage = values.get((position + i) / PAGE);
                int p = (position + i) % PAGE;
                for (int h = fromHead; h < toHead; h++) {
                    long key = k.rowOffset(row + i) + 4L * h * keyDim;
                    long value = v.rowOffset(row + i) + 4L * h * valueDim;
                    KeyPage.put(type, k.data(), key, keyDim, keyPage, keyOffset(h), p);
                    ValuePage.put(type, v.data(), value, valueDim, valuePage, valueOffset(h), p);
                }
            }
        }

        /** The key of {@code head} at {@code position}, decoded into the first numbers of {@code out}. */
        public void key(int head, int position, float[] out) {
            MemorySegment page = keys.get(position / PAGE);
            for (int d = 0; d < keyDim; d++) {
                out[d] = KeyPage.get(type, page, keyOffset(head), position % PAGE, d);
            }
        }

        /** The value of {@code head} at {@code position}, decoded into the first numbers of {@code out}. */
        public void value(int head, int position, float[] out) {
            MemorySegment page = values.get(position / PAGE);
            for (int d = 0; d < valueDim; d++) {
                out[d] = ValuePage.get(type, page, valueOffset(head), valueDim, position % PAGE, d);
            }
        }
    }
}
