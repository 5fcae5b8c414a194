package dev.keiryo.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Where a stretch of a panel is read: in place, or in a copy in the nearest cache. The processor looks ahead by some hundred
 * instructions; where a line of memory takes tens of them, it waits for nearly each, but copies at the speed of memory.
 *
 * <p>Vectors are read from {@link Lanes#ALL} by address, limits having been checked here: of a loop that checks limits of 64 bits the
 * compiler makes two, one in the other, and setting up the inner one takes longer than the few steps it has.
 */
final class PanelStretch {
    private MemorySegment bytes = MemorySegment.NULL;

    /**
     * The address of {@code parts} blocks of 32 columns from block {@code b} on, a format's whole blocks; of a copy until the next
     * call, else as long as {@code data} is reachable.
     *
     * @param panel where the panel begins in {@code data}
     */
    long address(Panels w, MemorySegment data, long panel, int b, int parts, boolean copy) {
        int size = w.blockBytes(parts);
        long at = w.block(panel, b);
        Objects.checkFromIndexSize(at, size, data.byteSize());
        if (!copy && data.isNative()) {
            return data.address() + at;
        }
        if (bytes.byteSize() < size) {
            bytes = Arena.ofAuto().allocate(size, 64);
        }
        MemorySegment.copy(data, at, bytes, 0, size);
        return bytes.address();
    }
}
