package dev.keiryo.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory that this process holds, memory-mapped files included. */
public final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMemory() {}

    /** Bytes now: the resident set on Linux, elsewhere what the JVM has taken. */
    public static long resident() {
        return status("VmRSS:");
    }

    /** Bytes now that no file stands behind: the heap, packed weights, keys and values. */
    public static long anonymous() {
        return status("RssAnon:");
    }

    /** The most bytes so far: Linux's high-water mark, elsewhere what the JVM has taken. */
    public static long peak() {
        return status("VmHWM:");
    }

    private static long status(String key) {
        if (Files.isReadable(STATUS)) {
            try {
                for (String line : Files.readAllLines(STATUS)) {
                    if (line.startsWith(key)) {
                        return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                    }
                }
            } catch (IOException e) {
                // not Linux's /proc after all: the JVM's own figure follows
            }
        }
        return Runtime.getRuntime().totalMemory();
    }
}
