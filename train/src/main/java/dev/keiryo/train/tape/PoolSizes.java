package dev.keiryo.train.tape;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which stretches of memory a pool has, and which of them are free: sizes alone, so that a plan of a pool is as the pool. A request
 * gets the smallest free stretch that is large enough and not twice as large as that; else a new one.
 */
final class PoolSizes {
    /** Sizes are rounded up so that they have no more significant bits than this: by an eighth at most. */
    private static final int BITS = 4;

    private static final long LEAST = 256;

    private final TreeMap<Long, Integer> free = new TreeMap<>();
    private long taken;
    private long most;
    private long held;

    /** What a request for so many bytes is rounded up to. */
    static long size(long bytes) {
        long atLeast = Math.max(LEAST, bytes);
        int shift = Math.max(0, 64 - BITS - Long.numberOfLeadingZeros(atLeast));
        return (((atLeast - 1) >> shift) + 1) << shift;
    }

    /** The size of the stretch that a request for so many bytes gets, and whether it is new. */
    record Found(long size, boolean isNew) {}

    Found take(long bytes) {
        long size = size(bytes);
        Map.Entry<Long, Integer> fitting = free.ceilingEntry(size);
        boolean isNew = fitting == null || fitting.getKey() >= 2 * size;
        if (fitting != null && !isNew) {
            size = fitting.getKey();
            free.compute(size, (s, n) -> n == null || n == 1 ? null : n - 1);
        } else {
            held += size;
        }
        taken += size;
        most = Math.max(most, taken);
        return new Found(size, isNew);
    }

    void give(long size) {
        taken -= size;
        free.merge(size, 1, Integer::sum);
    }

    /** Bytes of all stretches, free or not. */
    long held() {
        return held;
    }

    /** Bytes that were taken at most at a time. */
    long most() {
        return most;
    }
}
