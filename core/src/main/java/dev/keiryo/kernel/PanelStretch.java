package dev.keiryo.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A stretch of a panel, copied into the nearest cache. Copying reads memory in order, at the speed of the machine: the
 * processor fetches ahead what is read that way, but not what the products of a large block read, here and there. And vectors of an
 * array cost the compiler, and then the processor, a fraction of the checks that those of a memory segment do.
 */
final class PanelStretch {
    private byte[] bytes = {};

    /**
     * The bytes of {@code parts} blocks of 32 columns from block {@code b} on, a format's whole blocks; valid until the next call.
     *
     * @param panel where the panel begins in {@code data}
     */
    byte[] take(Panels w, MemorySegment data, long panel, int b, int parts) {
        int size = w.blockBytes(parts);
        if (bytes.length < size) {
            bytes = new byte[size];
        }
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, w.block(panel, b), bytes, 0, size);
        return bytes;
    }
}
