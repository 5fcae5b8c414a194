package dev.keiryo.file;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Linux's calls for memory, linked when first needed. */
final class MemoryCalls {
    static final boolean LINUX = System.getProperty("os.name", "").equals("Linux");

    private static final int READ_WRITE = 1 | 2;
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
    private static final MethodHandle MUNMAP =
            call("munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
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

    private MemoryCalls() {}
}
