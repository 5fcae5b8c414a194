package dev.keiryo.cache;

import java.util.ArrayList;
import java.util.List;
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
    private final List<CacheSlot> slots = new ArrayList<>();
    private final KvType type;

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
            slots.add(new CacheSlot(type, pool));
        }
    }

    public KvType type() {
        return type;
    }

    public int slots() {
        return slots.size();
    }

    public CacheSlot slot(int index) {
        return slots.get(index);
    }

    /** From now on, attention notes what each position receives ({@link CacheSlot#mass}); until then it costs nothing. */
    public void observeAttention() {
        slots.forEach(CacheSlot::observe);
    }

    /** Memory that the pages take, shared ones included. */
    public long bytes() {
        long bytes = 0;
        for (CacheSlot slot : slots) {
            bytes += slot.bytes();
        }
        return bytes;
    }

    /** A cache that holds the same and shares all pages; it does not own the pool. */
    public KvCache fork() {
        KvCache copy = new KvCache(slots.size(), type, pool, false);
        for (int i = 0; i < slots.size(); i++) {
            copy.slots.get(i).copyOf(slots.get(i));
        }
        return copy;
    }

    /** Forgets positions from {@code length} on in {@code count} slots from {@code first}, and gives their pages back. */
    public void truncate(int first, int count, int length) {
        for (int i = first; i < first + count; i++) {
            slots.get(i).truncate(length);
        }
    }

    /**
     * Keeps the positions {@code kept} alone, in their order, which become 0, 1, …; others move up. Heads may keep different ones.
     *
     * @param kept of each slot and head, ascending, as many everywhere
     * @param firsts for each slot, the first of the new positions to be held, a multiple of {@link #PAGE}; the old ones of all
     *     from there on must be held
     * @param turns for each slot, what its keys need when they move, or null for nothing
     * @throws OutOfPagesException where a shared page cannot be copied; nothing has changed then
     */
    public void retain(int[][][] kept, int[] firsts, List<@Nullable KeyTurn> turns) {
        int[] same = new int[slots.size()];
        try {
            for (int i = 0; i < slots.size(); i++) {
                same[i] = Math.max(same(kept[i]), firsts[i]);
                slots.get(i).reserve(same[i], kept[i][0].length);
            }
        } catch (OutOfPagesException e) {
            slots.forEach(CacheSlot::dropForgotten);
            throw e;
        }
        for (int i = 0; i < slots.size(); i++) {
            slots.get(i).retain(kept[i], same[i], firsts[i], turns.get(i));
        }
    }

    /** How many of the first positions stay where they are in all heads. */
    private static int same(int[][] kept) {
        int same = kept[0].length;
        for (int[] positions : kept) {
            int n = 0;
            while (n < same && positions[n] == n) {
                n++;
            }
            same = n;
        }
        return same;
    }

    /** Gives all pages back. Nobody may be attending to them. */
    @Override
    public void close() {
        truncate(0, slots.size(), 0);
        if (ownsPool) {
            pool.close();
        }
    }
}
