package dev.keiryo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The most memory this process has held, memory-mapped weights included. */
final class PeakMemory {
    private PeakMemory() {}

    /** Bytes: the kernel's high-water mark on Linux, elsewhere what the JVM has taken. */
    static long bytes() {
        Path status = Path.of("/proc/self/status");
        if (Files.isReadable(status)) {
            try {
                for (String line : Files.readAllLines(status)) {
                    if (line.startsWith("VmHWM:")) {
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
