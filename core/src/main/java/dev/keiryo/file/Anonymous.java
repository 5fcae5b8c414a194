package dev.keiryo.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Large memory that is not backed by a file. Where the system has {@code mmap}, pages come zeroed when they are first
 * touched, by whichever thread does so, and in huge pages where possible; elsewhere it is an arena's.
 */
public final class Anonymous {
    private static final int MADV_HUGEPAGE = 14;
    private static final long HUGE = 2L << 20;

    private Anonymous() {}

    /** {@code bytes} zeros, aligned to a huge page, that live as long as {@code arena}. */
    public static MemorySegment allocate(long bytes, Arena arena) {
        if (!MemoryCalls.LINUX || bytes < HUGE) {
            return arena.allocate(Math.max(bytes, 1), 64);
        }
        // One huge page more than asked for, to begin at the first boundary.
        long size = bytes + HUGE;
        MemorySegment mapped = MemoryCalls.map(size);
        long start = (mapped.address() + HUGE - 1) / HUGE * HUGE;
        MemoryCalls.advise(start, bytes, MADV_HUGEPAGE);
        return MemorySegment.ofAddress(start).reinterpret(bytes, arena, s -> MemoryCalls.unmap(mapped.address(), size));
    }

    /** Memory that could be taken now without making the machine swap; {@link Long#MAX_VALUE} where that is not known. */
    public static long available() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
                if (line.startsWith("MemAvailable:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // No Linux, or one that does not say.
        }
        return Long.MAX_VALUE;
    }
}
