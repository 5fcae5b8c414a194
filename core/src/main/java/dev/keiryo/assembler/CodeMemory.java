package dev.keiryo.assembler;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.NoSuchElementException;

/**
 * Machine code in memory of its own, page-aligned: written first, then made executable, and no longer writable from then on. For
 * Linux and macOS, through {@code mmap}, {@code mprotect} and {@code munmap} (POSIX.1-2017).
 */
public final class CodeMemory implements AutoCloseable {
    private final SystemCalls calls;
    private final MemorySegment entry;
    private boolean open = true;

    private CodeMemory(SystemCalls calls, MemorySegment entry) {
        this.calls = calls;
        this.entry = entry;
    }

    /**
     * Copies {@code code} into new executable memory, kept until closed.
     *
     * @throws IOException where the operating system refuses, or the Java runtime does not let native functions be called
     */
    public static CodeMemory load(byte[] code) throws IOException {
        if (code.length == 0) {
            throw new IllegalArgumentException("no code");
        }
        SystemCalls calls;
        try {
            calls = new SystemCalls();
        } catch (IllegalCallerException | UnsupportedOperationException | NoSuchElementException refused) {
            throw new IOException(
                    "executable memory: native functions cannot be called here: " + refused.getMessage(), refused);
        }
        return new CodeMemory(calls, calls.executable(code));
    }

    /**
     * The code's first byte, for {@link NativeCall}. Whether the memory is still open is not checked at a call: that would have all
     * threads write one counter.
     */
    public MemorySegment entry() {
        return entry;
    }

    /** Gives the memory back. Nobody may be running in it or call it again. */
    @Override
    public void close() {
        if (open) {
            open = false;
            calls.unmap(entry);
        }
    }

    /** The three functions of the C library, linked where they are wanted and nowhere else. */
    private static final class SystemCalls {
        private static final int READ_WRITE = 1 | 2;
        private static final int READ_EXECUTE = 1 | 4;
        private static final int PRIVATE = 2;
        private static final int ANONYMOUS_LINUX = 0x20;
        private static final int ANONYMOUS_MACOS = 0x1000;

        private static final StructLayout STATE = Linker.Option.captureStateLayout();
        private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

        private final MethodHandle mmap = function(
                "mmap",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG));
        private final MethodHandle mprotect = function(
                "mprotect",
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        private final MethodHandle munmap = function(
                "munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

        private static MethodHandle function(String name, FunctionDescriptor descriptor) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow(name), descriptor, Linker.Option.captureCallState("errno"));
        }

        MemorySegment executable(byte[] code) throws IOException {
            int anonymous = System.getProperty("os.name").startsWith("Mac") ? ANONYMOUS_MACOS : ANONYMOUS_LINUX;
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(STATE);
                long address =
                        (long) mmap.invokeExact(state, 0L, (long) code.length, READ_WRITE, PRIVATE | anonymous, -1, 0L);
                if (address == -1) {
                    throw refused("mmap", code.length, state);
                }
                MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(code.length);
                MemorySegment.copy(code, 0, memory, ValueLayout.JAVA_BYTE, 0, code.length);
                if ((int) mprotect.invokeExact(state, address, (long) code.length, READ_EXECUTE) != 0) {
                    IOException refused = refused("mprotect (read, execute)", code.length, state);
                    unmap(memory);
                    throw refused;
                }
                return memory.asReadOnly();
            } catch (IOException | RuntimeException | Error thrown) {
                throw thrown;
            } catch (Throwable impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        void unmap(MemorySegment memory) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(STATE);
                if ((int) munmap.invokeExact(state, memory.address(), memory.byteSize()) != 0) {
                    throw new IllegalStateException(refused("munmap", memory.byteSize(), state));
                }
            } catch (RuntimeException | Error thrown) {
                throw thrown;
            } catch (Throwable impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        private static IOException refused(String call, long bytes, MemorySegment state) {
            return new IOException("executable memory of %d bytes: the operating system refuses %s: errno %d"
                    .formatted(bytes, call, (int) ERRNO.get(state, 0L)));
        }
    }
}
