package dev.keiryo.file;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Memory that need not be there: zeroed pieces of an unnamed file, mapped, which the system writes out and reads back as it needs room.
 * The file is gone when this is closed, or the process ends however (on Windows, as it should).
 */
public final class ScratchFile implements AutoCloseable {
    private static final long ALIGNMENT = 4096;

    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private long size;

    /** @param folder where there is room for it, which a folder of the system's for temporary files may not have */
    public ScratchFile(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        Path file = Files.createTempFile(folder, ".keiryo-", ".tmp");
        channel = FileChannel.open(
                file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
    }

    /**
     * {@code bytes} zeros, valid until this is closed.
     *
     * @throws IOException where the disk is full, among others
     */
    public synchronized MemorySegment allocate(long bytes) throws IOException {
        MemorySegment piece = channel.map(FileChannel.MapMode.READ_WRITE, size, bytes, arena);
        size += Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
        return piece;
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            arena.close();
        }
    }
}
