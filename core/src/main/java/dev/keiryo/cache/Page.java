package dev.keiryo.cache;

import java.lang.foreign.MemorySegment;

/**
 * The keys and values of {@link KvCache#PAGE} positions of one slot. Whoever holds a reference may read it; who holds the
 * only one may write. References are counted by the {@link PagePool} that it is from.
 */
final class Page {
    final PageSlab slab;
    final MemorySegment keys;
    final MemorySegment values;
    /** Written under the pool's lock. A holder that reads 1 is alone: only who holds a reference can give another. */
    volatile int references;

    Page(PageSlab slab, MemorySegment keys, MemorySegment values) {
        this.slab = slab;
        this.keys = keys;
        this.values = values;
    }

    boolean shared() {
        return references > 1;
    }

    long bytes() {
        return keys.byteSize() + values.byteSize();
    }

    /** Takes over the other page's content; both have the same sizes. */
    void copyFrom(Page other) {
        keys.copyFrom(other.keys);
        values.copyFrom(other.values);
    }
}
