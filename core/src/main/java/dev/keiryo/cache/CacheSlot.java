package dev.keiryo.cache;

import static dev.keiryo.cache.KvCache.PAGE;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One attention's keys and values of a sequence's tokens, in pages of {@link KvCache#PAGE} positions. In each page, head
 * follows head, each as {@link KvType} says.
 *
 * <p>Not thread-safe, but different threads may write different heads or positions of what has been extended.
 */
public final class CacheSlot {
    private final KvType type;
    private final PagePool pool;
    /** Null where a page was forgotten before its successors. */
    private final List<@Nullable Page> pages = new ArrayList<>();

    private @Nullable PageSize size;
    private int heads;
    private int keyDim;
    private int valueDim;
    private int length;
    private int firstPage;
    private long bytes;
    private @Nullable AttentionMass mass;

    /**
     * @param type how keys and values are kept
     * @param pool gives and takes back the pages
     */
    CacheSlot(KvType type, PagePool pool) {
        this.type = type;
        this.pool = pool;
    }

    public KvType type() {
        return type;
    }

    /** What positions have received of this attention, or null where nobody asked. */
    public @Nullable AttentionMass mass() {
        return mass;
    }

    /** From now on, attention notes what each position receives. */
    void observe() {
        mass = new AttentionMass(heads);
    }

    /** Memory that the pages take, shared ones included. */
    long bytes() {
        return bytes;
    }

    /** Positions held, and those before them. */
    public int length() {
        return length;
    }

    /** The first position held: a multiple of {@link KvCache#PAGE}. */
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
    void reserve(int from, int to) {
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

    /** Gives back pages before the first position held, where {@link #reserve} took some. */
    void dropForgotten() {
        for (int i = 0; i < firstPage; i++) {
            drop(i);
            pages.set(i, null);
        }
    }

    /**
     * As {@link KvCache#retain}, where the new positions before {@code from} are as they were, those before {@code first} are
     * not to be held, and the others have been {@link #reserve}d.
     *
     * @param kept of each head, ascending, as many
     */
    void retain(int[][] kept, int from, int first, KvCache.@Nullable KeyTurn turn) {
        float[] key = new float[Math.max(keyDim, 1)];
        MemorySegment numbers = MemorySegment.ofArray(key);
        int count = kept[0].length;
        for (int to = from; to < count; to++) {
            Page target = Objects.requireNonNull(pages.get(to / PAGE));
            for (int h = 0; h < heads; h++) {
                int p = kept[h][to];
                Page source = page(p / PAGE);
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
        length = count;
        firstPage = first / PAGE;
        if (mass != null) {
            mass.retain(kept);
        }
        cut(Math.ceilDiv(length, PAGE));
        dropForgotten();
    }

    /** Holds what {@code other} holds, and shares its pages; this slot is empty. */
    void copyOf(CacheSlot other) {
        heads = other.heads;
        keyDim = other.keyDim;
        valueDim = other.valueDim;
        mass = other.mass == null ? null : other.mass.copy();
        adopt(other.pages, other.length);
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
     * held: their keys and values are at {@code at} of {@code saved}, page by page.
     *
     * @return behind them
     * @throws OutOfPagesException where the pool has too few pages; the slot is to be cut to 0 then
     */
    public long restore(int from, int newLength, MemorySegment saved, long at) {
        while (pages.size() < from) {
            append(null);
        }
        firstPage = from;
        length = from * PAGE;
        long next = at;
        while (pages.size() * PAGE < newLength) {
            Page page = pool.take(size());
            append(page);
            MemorySegment.copy(saved, next, page.keys, 0, page.keys.byteSize());
            next += page.keys.byteSize();
            MemorySegment.copy(saved, next, page.values, 0, page.values.byteSize());
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

    /** Forgets positions from {@code newLength} on, and gives their pages back. */
    void truncate(int newLength) {
        if (newLength < length) {
            if (newLength > 0 && newLength < first()) {
                throw new IllegalArgumentException(
                        "cannot cut to " + newLength + ": positions before " + first() + " are held no more");
            }
            length = newLength;
            firstPage = newLength == 0 ? 0 : firstPage;
        }
        if (mass != null) {
            mass.truncate(length);
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
