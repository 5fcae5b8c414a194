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
}
