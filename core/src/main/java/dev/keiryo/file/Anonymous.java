package dev.keiryo.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Large memory that is not backed by a file. Where the system has {@code mmap}, pages come zeroed when they are first
 * touched, by whichever thread does so, and in huge pages where possible; elsewhere it is an arena's.
 */
public final class Anonymous {
    private static final int READ_WRITE = 1 | 2;
    private static final int MADV_HUGEPAGE = 14;
    private static final boolean LINUX = System.getProperty("os.name", "").equals("Linux");
    private static final long HUGE = 2L << 20;

    private Anonymous() {}

    /** {@code bytes} zeros, aligned to a huge page, that live as long as {@code arena}. */
    public static MemorySegment allocate(long bytes, Arena arena) {
        if (!LINUX || bytes < HUGE) {
            return arena.allocate(Math.max(bytes, 1), 64);
        }
        // One huge page more than asked for, to begin at the first boundary.
        long size = bytes + HUGE;
        MemorySegment mapped = Calls.map(size);
        long start = (mapped.address() + HUGE - 1) / HUGE * HUGE;
        Calls.advise(start, bytes, MADV_HUGEPAGE);
        return MemorySegment.ofAddress(start).reinterpret(bytes, arena, s -> Calls.unmap(mapped.address(), size));
    }

    /** Passes advice on memory to the system, where it takes such. */
    static void advise(long address, long bytes, int advice) {
        if (LINUX) {
            Calls.advise(address, bytes, advice);
        }
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

    /** The system's calls, linked when first needed. */
    private static final class Calls {
        private static final int PRIVATE_ANONYMOUS = 2 | 0x20;
        private static final MethodHandle MMAP = call(
                "mmap",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG));
        private static final MethodHandle MUNMAP = call(
                "munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
        private static final MethodHandle MADVISE = call(
                "madvise",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));

        private static MethodHandle call(String name, FunctionDescriptor descriptor) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
        }

        static MemorySegment map(long bytes) {
            long address = invoke(() -> (long) MMAP.invokeExact(0L, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L));
            if (address == -1) {
                throw new OutOfMemoryError("the system refused " + bytes + " bytes of memory");
            }
            return MemorySegment.ofAddress(address);
        }

        static void unmap(long address, long bytes) {
            invoke(() -> (int) MUNMAP.invokeExact(address, bytes));
        }

        static void advise(long address, long bytes, int advice) {
            // Only advice: what the system does not know, it ignores.
            invoke(() -> (int) MADVISE.invokeExact(address, bytes, advice));
        }

        private interface Call {
            long invoke() throws Throwable;
        }

        private static long invoke(Call call) {
            try {
                return call.invoke();
            } catch (Throwable e) {
                throw new IllegalStateException("a system call could not be made", e);
            }
        }
    }
}
