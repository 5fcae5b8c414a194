package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.LongFunction;

/**
 * Machine code by a number that says what it is for, emitted when first wanted. Unlike a map it is searched without garbage.
 * Thread-safe.
 */
final class CodeTable {
    /** @param keys in order */
    private record Known(long[] keys, MemorySegment[] codes) {}

    private final LongFunction<MemorySegment> emitter;
    private volatile Known known = new Known(new long[0], new MemorySegment[0]);

    CodeTable(LongFunction<MemorySegment> emitter) {
        this.emitter = emitter;
    }

    MemorySegment get(long key) {
        Known now = known;
        int at = Arrays.binarySearch(now.keys, key);
        return at >= 0 ? now.codes[at] : add(key);
    }

    private synchronized MemorySegment add(long key) {
        Known now = known;
        int at = Arrays.binarySearch(now.keys, key);
        if (at >= 0) {
            return now.codes[at];
        }
        int place = -at - 1;
        int count = now.keys.length;
        long[] keys = Arrays.copyOf(now.keys, count + 1);
        MemorySegment[] codes = Arrays.copyOf(now.codes, count + 1);
        System.arraycopy(now.keys, place, keys, place + 1, count - place);
        System.arraycopy(now.codes, place, codes, place + 1, count - place);
        keys[place] = key;
        codes[place] = emitter.apply(key);
        known = new Known(keys, codes);
        return codes[place];
    }
}
