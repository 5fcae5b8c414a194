package dev.keiryo.cache;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The keys and values of one sequence's tokens, slot by slot (a slot is one attention layer), in pages of
 * {@link #PAGE} positions, so that a sequence takes memory only as it grows. Pages come from a {@link PagePool} and may be
 * shared with other caches: whoever writes to a shared page gets a copy first.
 *
 * <p>Not thread-safe, but different threads may write different heads or positions of a slot that has been extended.
 */
public final class KvCache implements AutoCloseable {
    /** Positions in a page; also the block of online softmax, so a page is what attention reads at a time. */
    public static final int PAGE = 64;

    private final PagePool pool;
    private final boolean ownsPool;
    private final List<Slot> slots = new ArrayList<>();
    private final KvType type;
    private long bytes;
    private @Nullable AttentionMass mass;

    /** Changes a key that moves to a position {@code by} before its own. */
    public interface KeyTurn {
        void turn(float[] key, int by);
    }

    /** A cache with a pool of its own. */
    public KvCache(int slotCount, KvType type) {
        this(slotCount, type, new PagePool(PagePool.UNLIMITED), true);
    }

    /**
     * @param type how keys and values are kept
     * @param pool gives and takes back the pages; borrowed
     */
    public KvCache(int slotCount, KvType type, PagePool pool) {
        this(slotCount, type, pool, false);
    }

    private KvCache(int slotCount, KvType type, PagePool pool, boolean ownsPool) {
        this.type = type;
        this.pool = pool;
        this.ownsPool = ownsPool;
        for (int i = 0; i < slotCount; i++) {
            slots.add(new Slot());
        }
    }

    public KvType type() {
        return type;
    }

    public int slots() {
        return slots.size();
    }

    public Slot slot(int index) {
        return slots.get(index);
    }

    /** From now on, attention notes what each position receives; until then it costs nothing. */
    public void observeAttention() {
        mass = new AttentionMass();
    }

    /** What positions have received, or null where nobody asked. */
    public @Nullable AttentionMass mass() {
        return mass;
    }

    /** Memory that the pages take, shared ones included. */
    public long bytes() {
        return bytes;
    }

    /** A cache that holds the same and shares all pages; it does not own the pool. */
    public KvCache fork() {
        KvCache copy = new KvCache(slots.size(), type, pool, false);
        copy.mass = mass == null ? null : mass.copy();
        for (int i = 0; i < slots.size(); i++) {
            Slot from = slots.get(i);
            Slot to = copy.slots.get(i);
            to.heads = from.heads;
            to.keyDim = from.keyDim;
            to.valueDim = from.valueDim;
            to.adopt(from.pages, from.length);
        }
        return copy;
    }

    /** Forgets positions from {@code length} on in {@code count} slots from {@code first}, and gives their pages back. */
    public void truncate(int first, int count, int length) {
        if (mass != null && first == 0) {
            mass.truncate(length);
        }
        for (int i = first; i < first + count; i++) {
            slots.get(i).truncate(length);
        }
    }

    /**
     * Keeps the positions {@code kept} alone, in their order, which become 0, 1, …; others move up.
     *
     * @param kept ascending
     * @param firsts for each slot, the first of the new positions to be held, a multiple of {@link #PAGE}; the old ones of all
     *     from there on must be held
     * @param turns for each slot, what its keys need when they move, or null for nothing
     * @throws OutOfPagesException where a shared page cannot be copied; nothing has changed then
     */
    public void retain(int[] kept, int[] firsts, List<@Nullable KeyTurn> turns) {
        int same = 0;
        while (same < kept.length && kept[same] == same) {
            same++;
        }
        try {
            for (int i = 0; i < slots.size(); i++) {
                slots.get(i).reserve(Math.max(same, firsts[i]), kept.length);
            }
        } catch (OutOfPagesException e) {
            slots.forEach(Slot::dropForgotten);
            throw e;
        }
        for (int i = 0; i < slots.size(); i++) {
            slots.get(i).retain(kept, Math.max(same, firsts[i]), firsts[i], turns.get(i));
        }
        if (mass != null) {
            mass.retain(kept);
        }
    }

    /** Gives all pages back. Nobody may be attending to them. */
    @Override
    public void close() {
        truncate(0, slots.size(), 0);
        if (ownsPool) {
            pool.close();
        }
    }

    /** One attention's keys and values. In each page, head follows head, each as {@link KvType} says. */
    public final class Slot {
        /** Null where a page was forgotten before its successors. */
        private final List<@Nullable Page> pages = new ArrayList<>();

        private @Nullable PageSize size;
        private int heads;
        private int keyDim;
        private int valueDim;
        private int length;
        private int firstPage;

        private Slot() {}

        public KvType type() {
            return type;
        }

        /** As {@link KvCache#mass}. */
        public @Nullable AttentionMass mass() {
            return mass;
        }

        /** Positions held, and those before them. */
        public int length() {
            return length;
        }

        /** The first position held: a multiple of {@link #PAGE}. */
        public int first() {
            return firstPage * PAGE;
        }

        /** Key/value heads; 0 before anything is known. */
        public int heads() {
            return heads;
        }

        public int keyDim() {
            return keyDim;
        }

        public int valueDim() {
            return valueDim;
        }

        /** The keys of positions {@code page·PAGE …}, all heads. */
        public MemorySegment keys(int page) {
            return page(page).keys;
        }

        /** The values of positions {@code page·PAGE …}, all heads. */
        public MemorySegment values(int page) {
            return page(page).values;
        }

        private Page page(int index) {
            Page page = pages.get(index);
            if (page == null) {
                throw new IllegalStateException("positions before " + first() + " are held no more");
            }
            return page;
        }

        /** The page, or null where it has been forgotten. */
        @Nullable
        Page pageOrNull(int index) {
            return pages.get(index);
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
         * Says what the slot holds, which must be what it was before.
         *
         * @throws IllegalArgumentException where the shape is another than before
         */
        public void shape(int kvHeads, int headDim, int headValueDim) {
            if (heads == 0) {
                heads = kvHeads;
                keyDim = headDim;
                valueDim = headValueDim;
            } else if (heads != kvHeads || keyDim != headDim || valueDim != headValueDim) {
                throw new IllegalArgumentException("%d heads of %d and %d numbers do not follow %d of %d and %d"
                        .formatted(kvHeads, headDim, headValueDim, heads, keyDim, valueDim));
            }
        }

        private PageSize size() {
            if (size == null) {
                size = new PageSize(keyOffset(heads), valueOffset(heads));
            }
            return size;
        }

        /**
         * Makes room for positions {@code [from, to)}, which then count as held: they are to be {@link #put} next.
         *
         * @param from at most one past the end
         * @throws IllegalArgumentException where there would be a gap, or where the shape is another than before
         * @throws OutOfPagesException where the pool has no page left; nothing else has changed then
         */
        public void extend(int kvHeads, int headDim, int headValueDim, int from, int to) {
            if (from > length || from < first()) {
                throw new IllegalArgumentException(
                        "position " + from + " would leave a gap: held are " + first() + " to " + length);
            }
            shape(kvHeads, headDim, headValueDim);
            own(from, Math.min(to, pages.size() * PAGE));
            int before = pages.size();
            try {
                while (pages.size() * PAGE < to) {
                    append(pool.take(size()));
                }
            } catch (OutOfPagesException e) {
                cut(before);
                throw e;
            }
            length = Math.max(length, to);
        }

        private void append(@Nullable Page page) {
            pages.add(page);
            bytes += page == null ? 0 : page.bytes();
        }

        /** Copies what is shared of the pages of positions {@code [from, to)}, which are held, so that they can be written. */
        void own(int from, int to) {
            for (int i = from / PAGE; i * PAGE < to; i++) {
                Page page = page(i);
                if (page.shared()) {
                    Page copy = pool.take(size());
                    copy.copyFrom(page);
                    pages.set(i, copy);
                    pool.release(page);
                }
            }
        }

        /** Makes all pages of positions {@code [from, to)} such that they can be written, forgotten ones too. */
        private void reserve(int from, int to) {
            for (int i = from / PAGE; i * PAGE < to; i++) {
                Page page = pages.get(i);
                if (page == null) {
                    Page fresh = pool.take(size());
                    pages.set(i, fresh);
                    bytes += fresh.bytes();
                } else {
                    own(i * PAGE, i * PAGE + 1);
                }
            }
        }

        private void dropForgotten() {
            for (int i = 0; i < firstPage; i++) {
                drop(i);
                pages.set(i, null);
            }
        }

        private void retain(int[] kept, int from, int first, @Nullable KeyTurn turn) {
            float[] key = new float[Math.max(keyDim, 1)];
            MemorySegment numbers = MemorySegment.ofArray(key);
            for (int to = from; to < kept.length; to++) {
                int p = kept[to];
                Page source = page(p / PAGE);
                Page target = Objects.requireNonNull(pages.get(to / PAGE));
                for (int h = 0; h < heads; h++) {
                    ValuePage.move(type, source.values, p % PAGE, target.values, to % PAGE, valueOffset(h), valueDim);
                    if (turn == null) {
                        KeyPage.move(type, source.keys, p % PAGE, target.keys, to % PAGE, keyOffset(h), keyDim);
                    } else {
                        key(h, p, key);
                        turn.turn(key, p - to);
                        KeyPage.put(type, numbers, 0, keyDim, target.keys, keyOffset(h), to % PAGE);
                    }
                }
            }
            length = kept.length;
            firstPage = first / PAGE;
            cut(Math.ceilDiv(length, PAGE));
            dropForgotten();
        }

        /** Takes over {@code others} as well as whoever holds them, in an empty slot; they hold {@code newLength} positions. */
        void adopt(List<@Nullable Page> others, int newLength) {
            for (Page page : others) {
                if (page != null) {
                    pool.share(page);
                }
                append(page);
            }
            while (firstPage < pages.size() && pages.get(firstPage) == null) {
                firstPage++;
            }
            length = newLength;
        }

        /**
         * Fills an empty slot of known shape with {@code newLength} positions, of which those from page {@code from} on are
         * held: their keys and values are at {@code at}, page by page.
         *
         * @return behind them
         * @throws OutOfPagesException where the pool has too few pages; the slot is to be cut to 0 then
         */
        public long restore(int from, int newLength, MemorySegment bytes, long at) {
            while (pages.size() < from) {
                append(null);
            }
            firstPage = from;
            length = from * PAGE;
            long next = at;
            while (pages.size() * PAGE < newLength) {
                Page page = pool.take(size());
                append(page);
                MemorySegment.copy(bytes, next, page.keys, 0, page.keys.byteSize());
                next += page.keys.byteSize();
                MemorySegment.copy(bytes, next, page.values, 0, page.values.byteSize());
                next += page.values.byteSize();
            }
            length = newLength;
            return next;
        }

        /** Gives back the pages that hold nothing but positions before {@code position}. */
        public void forgetBefore(int position) {
            for (; (firstPage + 1) * PAGE <= position && firstPage < pages.size(); firstPage++) {
                drop(firstPage);
                pages.set(firstPage, null);
            }
        }

        private void truncate(int newLength) {
            if (newLength < length) {
                if (newLength > 0 && newLength < first()) {
                    throw new IllegalArgumentException(
                            "cannot cut to " + newLength + ": positions before " + first() + " are held no more");
                }
                length = newLength;
                firstPage = newLength == 0 ? 0 : firstPage;
            }
            cut(Math.ceilDiv(length, PAGE));
        }

        private void cut(int count) {
            while (pages.size() > count) {
                drop(pages.size() - 1);
                pages.removeLast();
            }
        }

        private void drop(int index) {
            Page page = pages.get(index);
            if (page != null) {
                bytes -= page.bytes();
                pool.release(page);
            }
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
                MemorySegment keyPage = keys((position + i) / PAGE);
                MemorySegment valuePage = values((position + i) / PAGE);
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
            MemorySegment page = keys(position / PAGE);
            for (int d = 0; d < keyDim; d++) {
                out[d] = KeyPage.get(type, page, keyOffset(head), position % PAGE, d);
            }
        }

        /** The value of {@code head} at {@code position}, decoded into the first numbers of {@code out}. */
        public void value(int head, int position, float[] out) {
            MemorySegment page = values(position / PAGE);
            for (int d = 0; d < valueDim; d++) {
                out[d] = ValuePage.get(type, page, valueOffset(head), valueDim, position % PAGE, d);
            }
        }
    }
}
