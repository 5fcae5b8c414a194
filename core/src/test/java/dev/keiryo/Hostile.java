package dev.keiryo;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.function.Executable;

/** Feeds damaged files to a reader, which may accept them or throw {@link FormatException}, quickly and modestly. */
public final class Hostile {
    /** Reads a whole file and touches all it describes. */
    @FunctionalInterface
    public interface Reader {
        void read(byte[] file) throws IOException;
    }

    private static final long MAX_NANOS = 1_000_000_000L;

    private final Reader reader;
    private final long maxAllocated;
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** @param maxAllocated bytes of heap that one reading may allocate */
    public Hostile(Reader reader, long maxAllocated) throws IOException {
        this.reader = reader;
        this.maxAllocated = maxAllocated;
        assertTrue(threads.isThreadAllocatedMemorySupported(), "allocation cannot be measured");
    }

    /** Checks that {@code reading} ends in a {@link FormatException} whose message contains {@code expected}. */
    public static void refused(String expected, Executable reading) {
        String message = String.valueOf(assertThrows(FormatException.class, reading, "not refused: " + expected)
                .getMessage());
        assertTrue(message.contains(expected), message);
    }

    /** Every proper prefix must be refused. */
    public void everyPrefix(byte[] file) throws IOException {
        reader.read(file); // whole, it is valid
        for (int n = 0; n < file.length; n++) {
            assertFalse(
                    accepts(Arrays.copyOf(file, n)), "a prefix of " + n + " of " + file.length + " bytes is accepted");
        }
    }

    /** One to four random bytes at a time take random values. Returns how many of the damaged files were accepted. */
    public int byteFlips(byte[] file, int times, long seed) {
        Random random = new Random(seed);
        int accepted = 0;
        for (int i = 0; i < times; i++) {
            byte[] damaged = file.clone();
            for (int n = 1 + random.nextInt(4); n > 0; n--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            accepted += accepts(damaged) ? 1 : 0;
        }
        return accepted;
    }

    /** Every 4-byte field, at any offset, set to each absurd value. */
    public void absurdFields(byte[] file) {
        long[] absurd = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 62, 1L << 40, 0x7FFF_FFFF, 0x8000_0000L, 1 << 28};
        for (int at = 0; at + 8 <= file.length; at++) {
            for (long value : absurd) {
                byte[] damaged = file.clone();
                for (int i = 0; i < 8; i++) {
                    damaged[at + i] = (byte) (value >> (8 * i));
                }
                accepts(damaged);
            }
        }
    }

    /** Whether the reader takes {@code file}; any end but acceptance and FormatException fails the test. */
    public boolean accepts(byte[] file) {
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        boolean accepted;
        try {
            reader.read(file);
            accepted = true;
        } catch (FormatException e) {
            accepted = false;
            assertTrue(e.offset() <= file.length, e.getMessage());
        } catch (IOException | RuntimeException | Error e) {
            throw new AssertionError("unexpected for " + HexFormat.of().formatHex(file), e);
        }
        assertTrue(
                System.nanoTime() - start < MAX_NANOS,
                () -> "too slow for " + HexFormat.of().formatHex(file));
        long used = threads.getCurrentThreadAllocatedBytes() - allocated;
        assertTrue(
                used < maxAllocated,
                () -> used + " bytes allocated for " + HexFormat.of().formatHex(file));
        return accepted;
    }
}
