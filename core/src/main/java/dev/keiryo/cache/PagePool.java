package dev.keiryo.cache;

import dev.keiryo.file.Anonymous;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory of keys and values: gives out pages, counts who shares them, and takes them back for others to use. Owns all
 * of it; closing the pool frees it. Thread-safe.
 *
 * <p>Without a limit, it takes what the machine has to spare: memory is refused where less than {@link #RESERVE} would be
 * left.
 */
public final class PagePool implements AutoCloseable {
    /** For {@link #PagePool}: as much as the machine has to spare. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** Bytes that an unlimited pool leaves to others. */
    public static final long RESERVE = 256L << 20;

    /** Called where there is no page left, with the pool's lock held: gives pages up that it could do without. */
    interface Reclaimer {
        /** Returns whether a page has come back to the pool. */
        boolean reclaim();
    }

    /** The pages of one size. */
    private static final class Shelf {
        final PageSize size;
        final ArrayDeque<Page> free = new ArrayDeque<>();
        final List<PageSlab> slabs = new ArrayList<>();

        Shelf(PageSize size) {
            this.size = size;
        }

        @Nullable
        PageSlab open() {
            return slabs.isEmpty() || slabs.getLast().isFull() ? null : slabs.getLast();
        }
    }

    private final long limit;
    /** One for each size there is; a model has few. */
    private final List<Shelf> shelves = new ArrayList<>();

    private @Nullable Reclaimer reclaimer;
    private long used;
    private long held;
    private boolean closed;

    /** @param limit bytes that all pages may take, or {@link #UNLIMITED} */
    public PagePool(long limit) {
        if (limit <= 0) {
            throw new IllegalArgumentException("a limit of " + limit + " bytes leaves no room for keys and values");
        }
        this.limit = limit;
    }

    public long limit() {
        return limit;
    }

    /** Bytes of the pages that somebody holds, each counted once. */
    public synchronized long used() {
        return used;
    }

    /** Bytes of memory taken from the system: {@link #used}, and pages kept to be used again. */
    public synchronized long held() {
        return held;
    }

    /** Bytes that could be given out now, without what a {@link PrefixTree} would give up. */
    public synchronized long available() {
        return limit == UNLIMITED
                ? held - used + Math.max(0, Anonymous.available() - RESERVE)
                : Math.max(0, limit - used);
    }

    /** Gives memory back to the system that holds no page in use. */
    public synchronized void trim() {
        for (Shelf shelf : shelves) {
            trim(shelf);
        }
    }

    synchronized void onShortage(Reclaimer newReclaimer) {
        reclaimer = newReclaimer;
    }

    /**
     * A page of unknown content, with one reference.
     *
     * @throws OutOfPagesException where there is none
     */
    synchronized Page take(PageSize size) {
        if (closed) {
            throw new IllegalStateException("the engine is closed, and with it the memory of its sequences");
        }
        Shelf shelf = shelf(size);
        Page page = shelf.free.pollLast();
        while (page == null) {
            if (mayGrow(shelf)) {
                page = fresh(shelf);
            } else if (!trimOthers(shelf)) {
                if (reclaimer == null || !reclaimer.reclaim()) {
                    throw shortage(size);
                }
                page = shelf.free.pollLast();
            }
        }
        page.references = 1;
        page.slab.held++;
        used += size.bytes();
        return page;
    }

    private OutOfPagesException shortage(PageSize size) {
        String bound = limit == UNLIMITED ? ", and the machine has no memory to spare" : " of %,d".formatted(limit);
        return new OutOfPagesException(
                size.bytes(),
                "keys and values take %,d bytes%s; %,d more were asked for. Close or cut other sequences, or allow more"
                        .formatted(used, bound, size.bytes()));
    }

    /** One holder more. */
    synchronized void share(Page page) {
        page.references++;
    }

    /** One holder less; the last one gives the page back. */
    synchronized void release(Page page) {
        if (closed) {
            return;
        }
        if (page.references <= 0) {
            throw new IllegalStateException("a page was released that nobody held");
        }
        if (--page.references == 0) {
            used -= page.bytes();
            page.slab.held--;
            shelf(page.slab.size).free.addLast(page);
        }
    }

    private Shelf shelf(PageSize size) {
        for (int i = 0; i < shelves.size(); i++) {
            if (shelves.get(i).size.equals(size)) {
                return shelves.get(i);
            }
        }
        Shelf shelf = new Shelf(size);
        shelves.add(shelf);
        return shelf;
    }

    private boolean mayGrow(Shelf shelf) {
        if (limit != UNLIMITED) {
            return held <= limit - shelf.size.bytes();
        }
        return shelf.open() != null || Anonymous.available() - PageSlab.memory(shelf.size) >= RESERVE;
    }

    private Page fresh(Shelf shelf) {
        PageSlab slab = shelf.open();
        if (slab == null) {
            slab = new PageSlab(shelf.size);
            shelf.slabs.add(slab);
        }
        held += shelf.size.bytes();
        return slab.next();
    }

    /** Frees slabs of pages of other sizes; returns whether there were any. */
    private boolean trimOthers(Shelf wanting) {
        long before = held;
        for (Shelf shelf : shelves) {
            if (shelf != wanting) {
                trim(shelf);
            }
        }
        return held < before;
    }

    private void trim(Shelf shelf) {
        shelf.free.removeIf(page -> page.slab.held == 0);
        shelf.slabs.removeIf(slab -> {
            if (slab.held > 0) {
                return false;
            }
            held -= slab.cut();
            slab.free();
            return true;
        });
    }

    /** Frees all memory: nobody may use a page from here on. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            shelves.forEach(shelf -> shelf.slabs.forEach(PageSlab::free));
            shelves.clear();
            used = 0;
            held = 0;
        }
    }
}
