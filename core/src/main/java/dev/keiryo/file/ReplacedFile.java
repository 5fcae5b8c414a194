package dev.keiryo.file;

import dev.keiryo.tensor.TensorData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file written whole or not at all: little-endian fields go to a temporary file beside the target, which is synced and
 * then renamed over it. Whoever reads the target sees the old file or the new one, also after a power cut.
 *
 * <p>Use: write, {@link #finish()}, {@link #publish()}; {@link #close()} removes what was not published.
 */
public sealed class ReplacedFile implements AutoCloseable permits ResumedFile {
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path target;
    private final Path temporary;
    final FileChannel channel;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long position;

    /** Creates the temporary file in the target's folder, which must exist. */
    public ReplacedFile(Path target) throws IOException {
        this(
                target,
                "." + target.getFileName() + "."
                        + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()) + ".tmp",
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE);
        temporary.toFile().deleteOnExit(); // where Ctrl-C ends the process, nobody calls close()
    }

    ReplacedFile(Path target, String beside, OpenOption... how) throws IOException {
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null && !Files.exists(folder)) {
            throw new NoSuchFileException(folder.toString());
        }
        if (Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "is a folder; name a file in it");
        }
        this.target = target;
        this.temporary = target.resolveSibling(beside);
        this.channel = FileChannel.open(temporary, how);
    }

    /** Writes {@code bytes} to {@code target}, whole or not at all. */
    public static void write(Path target, byte[] bytes) throws IOException {
        try (ReplacedFile file = new ReplacedFile(target)) {
            file.bytes(MemorySegment.ofArray(bytes));
            file.finish();
            file.publish();
        }
    }

    /** As {@link #write(Path, byte[])}, in UTF-8. */
    public static void write(Path target, String text) throws IOException {
        write(target, text.getBytes(StandardCharsets.UTF_8));
    }

    public Path target() {
        return target;
    }

    /** Bytes written so far. */
    public long position() {
        return position;
    }

    public void int8(int value) throws IOException {
        room(1).put((byte) value);
    }

    public void int16(int value) throws IOException {
        room(2).putShort((short) value);
    }

    public void int32(int value) throws IOException {
        room(4).putInt(value);
    }

    public void int64(long value) throws IOException {
        room(8).putLong(value);
    }

    public void bytes(MemorySegment bytes) throws IOException {
        for (long from = 0; from < bytes.byteSize(); ) {
            int n = (int) Math.min(bytes.byteSize() - from, BUFFER_BYTES);
            ByteBuffer to = room(n);
            MemorySegment.copy(bytes, from, MemorySegment.ofBuffer(to), 0, n);
            to.position(to.position() + n);
            from += n;
        }
    }

    /** The bytes of tensor {@code name}; where {@code data} gives more or fewer than {@code expected}, it is at fault. */
    public void tensor(String name, long expected, TensorData data) throws IOException {
        long end = position + expected;
        data.writeTo(piece -> {
            if (piece.byteSize() > end - position) {
                throw new IllegalArgumentException("tensor " + name + " gives more than its " + expected + " bytes");
            }
            bytes(piece);
        });
        if (position != end) {
            throw new IllegalArgumentException(
                    "tensor " + name + " gives " + (end - position) + " fewer than its " + expected + " bytes");
        }
    }

    /** {@code count} bytes of {@code value}. */
    public void fill(int value, long count) throws IOException {
        for (long i = 0; i < count; i++) {
            int8(value);
        }
    }

    private ByteBuffer room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
        position += bytes;
        return buffer;
    }

    /** Goes on {@code count} bytes further, over what is there already. */
    final void skip(long count) throws IOException {
        flush();
        position += count;
        channel.position(position);
    }

    final void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }

    /** Syncs the contents to the disk; nothing may be written from then on. */
    public void finish() throws IOException {
        flush();
        buffer = ByteBuffer.allocate(0);
        channel.force(true);
        channel.close();
    }

    /** Renames the finished file to its target, replacing what was there. */
    public void publish() throws IOException {
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        syncFolder();
    }

    /** Makes the rename itself durable where the system can open folders; elsewhere renames are journaled. */
    private void syncFolder() {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null) {
            return;
        }
        try (FileChannel f = FileChannel.open(folder, StandardOpenOption.READ)) {
            f.force(true);
        } catch (IOException e) {
            return; // not on this system
        }
    }

    /** Deletes the temporary file unless it was published. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(temporary);
    }
}
