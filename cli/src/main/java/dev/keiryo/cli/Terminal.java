package dev.keiryo.cli;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** What standard output and error are connected to. Java itself never tells the width, nor anything of standard error. */
final class Terminal {
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int DEFAULT_WIDTH = 80;

    private Terminal() {}

    /** {@code isatty(0)}. */
    static boolean isStandardInput() {
        return isTerminal(STDIN);
    }

    /** {@code isatty(1)}. */
    static boolean isStandardOutput() {
        return isTerminal(STDOUT);
    }

    /** {@code isatty(2)}. */
    static boolean isStandardError() {
        return isTerminal(STDERR);
    }

    private static boolean isTerminal(int descriptor) {
        try {
            Linker linker = Linker.nativeLinker();
            return (int) linker.downcallHandle(
                                    linker.defaultLookup().findOrThrow("isatty"),
                                    FunctionDescriptor.of(JAVA_INT, JAVA_INT))
                            .invokeExact(descriptor)
                    == 1;
        } catch (Throwable e) {
            return false; // a system without it gets plain lines
        }
    }

    /** Columns: {@code ioctl(2, TIOCGWINSZ, &size)}, 80 where that is not known. */
    static int width() {
        boolean mac = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("mac");
        long request = mac ? 0x40087468L : 0x5413L;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(8); // struct winsize: rows, columns, two more; 16 bits each
            Linker linker = Linker.nativeLinker();
            int failed = (int) linker.downcallHandle(
                            linker.defaultLookup().findOrThrow("ioctl"),
                            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
                            Linker.Option.firstVariadicArg(2))
                    .invokeExact(STDERR, request, size);
            int columns = size.get(JAVA_SHORT, 2) & 0xffff;
            return failed == 0 && columns > 0 ? columns : DEFAULT_WIDTH;
        } catch (Throwable e) {
            return DEFAULT_WIDTH;
        }
    }
}
