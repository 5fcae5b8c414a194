package dev.keiryo.file;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Maps whole files, of any size, read-only into memory, and says which parts of them need not stay there. */
public final class MappedFile {
    private static final int MADV_WILLNEED = 3;
    private static final int MADV_DONTNEED = 4;
    /** The largest page of any processor that Linux runs on. */
    private static final long PAGE = 64 << 10;

    private MappedFile() {}

    /**
     * The bytes of {@code path}, valid until {@code arena} closes; the file itself need not stay open.
     *
     * @throws FormatException where there is no regular file at {@code path}
     * @throws IOException where the operating system refuses to read it
     */
    public static MemorySegment map(Path path, Arena arena) throws IOException {
        if (!Files.exists(path)) {
            throw new FormatException(path.toString(), "no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw new FormatException(path.toString(), "expected a file, found a folder or device");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    /**
     * Lets go of the memory that {@code part} of a mapped file takes of this process, but for its first and last page, which it
     * may share. It can still be read, and comes from the file then, or from what the system remembers of it. Nothing happens where
     * {@code part} is no mapped file's, or the system is not Linux.
     */
    public static void release(MemorySegment part) {
        advise(part, MADV_DONTNEED);
    }

    /** Has the system read {@code part} of a mapped file while something else is being done. */
    public static void prefetch(MemorySegment part) {
        advise(part, MADV_WILLNEED);
    }

    private static void advise(MemorySegment part, int advice) {
        if (!MemoryCalls.LINUX || !part.isMapped()) {
            return;
        }
        long from = Math.ceilDiv(part.address(), PAGE) * PAGE;
        long to = (part.address() + part.byteSize()) / PAGE * PAGE;
        if (from < to) {
            MemoryCalls.advise(from, to - from, advice);
        }
    }
}
