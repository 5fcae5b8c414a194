package dev.keiryo.file;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Maps whole files, of any size, read-only into memory. */
public final class MappedFile {
    private static final long PAGE = 4096;
    private static final int MADV_DONTNEED = 4;

    private MappedFile() {}

    /**
     * Says that {@code bytes}, part of a mapped file, are not needed soon: the process no longer counts them as its own, while they
     * may stay in the system's memory of files. Reading them again is allowed. Does nothing where there is no way to say so.
     */
    public static void release(MemorySegment bytes) {
        long from = Math.ceilDiv(bytes.address(), PAGE) * PAGE;
        long to = (bytes.address() + bytes.byteSize()) / PAGE * PAGE;
        if (bytes.isMapped() && to > from) {
            Anonymous.advise(from, to - from, MADV_DONTNEED);
        }
    }

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
}
