package dev.keiryo.cache;

import dev.keiryo.file.Anonymous;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A stretch of memory that pages of one size are cut from, so that the system is asked seldom, and for huge pages. */
final class PageSlab {
    private static final long LEAST = 4L << 20;

    final PageSize size;
    /** Pages that somebody holds. */
    int held;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private long cut;

    PageSlab(PageSize size) {
        this.size = size;
        this.memory = Anonymous.allocate(memory(size), arena);
    }

    /** Bytes of a slab of such pages; none of them is in memory before it is written. */
    static long memory(PageSize size) {
        return Math.ceilDiv(LEAST, size.bytes()) * size.bytes();
    }

    boolean isFull() {
        return cut == memory.byteSize();
    }

    /** Bytes of the pages that have been cut. */
    long cut() {
        return cut;
    }

    /** A page that nobody has had yet. */
    Page next() {
        MemorySegment keys = memory.asSlice(cut, size.keys());
        MemorySegment values = memory.asSlice(cut + size.keys(), size.values());
        cut += size.bytes();
        return new Page(this, keys, values);
    }

    void free() {
        arena.close();
    }
}
