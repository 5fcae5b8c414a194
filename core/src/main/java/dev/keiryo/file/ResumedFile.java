package dev.keiryo.file;

import dev.keiryo.tensor.TensorData;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file written whole or not at all, whose writing a later process may take up where an earlier one was killed. Until it is
 * complete it is {@code NAME.partial} beside the target: the final bytes as far as they go and, where the final file will
 * end, a journal:
 *
 * <pre>
 *   "KEIRYO.1"  byte origin[32]  int32 checksum * whole tensors, of each tensor's bytes (CRC-32C)
 * </pre>
 *
 * The origin stands for all that the bytes are made from. Where it is another, or the checksum of a tensor is, writing
 * begins anew from there: nothing is taken on trust.
 */
public final class ResumedFile extends ReplacedFile {
    /** What the name of a partial file ends in. */
    public static final String SUFFIX = ".partial";

    private static final byte[] MAGIC = {'K', 'E', 'I', 'R', 'Y', 'O', '.', '1'};
    private static final int HEADER = MAGIC.length + 32;
    private static final int PIECE = 4 << 20;
    private static final long SYNC_BYTES = 64 << 20;

    /** Of the complete file. */
    private long size;
    /** Tensors that the journal names; fewer once one of them has been written anew. */
    private int listed;

    private int tensors;
    private long synced;
    private @Nullable Thread syncing;
    private boolean published;

    /**
     * Opens the partial file of {@code target}, or begins one.
     *
     * @throws FileSystemException where another process is writing it
     */
    public ResumedFile(Path target) throws IOException {
        super(
                target,
                target.getFileName() + SUFFIX,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            lock(target);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * To be called after all that comes before the tensors has been written: says what they are made from.
     *
     * @param origin what decides about the tensors' bytes; what has been written so far is taken into account as well
     * @param total bytes of the complete file
     */
    public void begin(byte[] origin, long total) throws IOException {
        flush();
        size = total;
        byte[] header = Arrays.copyOf(MAGIC, HEADER);
        System.arraycopy(digest(origin), 0, header, MAGIC.length, HEADER - MAGIC.length);
        byte[] found = new byte[HEADER];
        if (read(size, ByteBuffer.wrap(found)) && Arrays.equals(header, found)) {
            listed = (int) ((channel.size() - size - HEADER) / Integer.BYTES);
        } else {
            channel.truncate(position());
            write(size, ByteBuffer.wrap(header));
        }
    }

    private byte[] digest(byte[] origin) throws IOException {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
            for (long done = 0; done < position(); done += PIECE) {
                piece.clear().limit((int) Math.min(PIECE, position() - done));
                if (!read(done, piece)) {
                    throw new EOFException(target() + " was cut while it was written");
                }
                sha.update(piece.flip());
            }
            return sha.digest(origin);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private void lock(Path target) throws IOException {
        boolean locked;
        try {
            locked = channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            locked = false;
        }
        if (!locked) {
            throw new FileSystemException(target.toString(), null, "is being written already; wait for it to be done");
        }
    }

    /**
     * As {@link ReplacedFile#tensor}, unless an earlier process has written this tensor, and whole.
     *
     * @return whether it was there
     */
    public boolean tensorOnce(String name, long expected, TensorData data) throws IOException {
        Integer checksum = checksum(tensors);
        if (checksum != null && checksum == checksum(position(), expected)) {
            skip(expected);
            tensors++;
            return true;
        }
        if (tensors < listed) {
            listed = tensors;
            channel.truncate(entry(tensors));
        }
        CRC32C sum = new CRC32C();
        tensor(
                name,
                expected,
                sink -> data.writeTo(piece -> {
                    for (long from = 0; from < piece.byteSize(); from += PIECE) {
                        sum.update(piece.asSlice(from, Math.min(PIECE, piece.byteSize() - from))
                                .asByteBuffer());
                    }
                    sink.write(piece);
                }));
        flush();
        write(entry(tensors), integer((int) sum.getValue()));
        tensors++;
        syncAhead();
        return false;
    }

    /** Has the system write to the disk what there is meanwhile, so that not all is left for the end. */
    private void syncAhead() {
        if (position() - synced < SYNC_BYTES || (syncing != null && syncing.isAlive())) {
            return;
        }
        synced = position();
        syncing = Thread.ofPlatform().daemon().start(() -> {
            try {
                channel.force(false);
            } catch (IOException e) {
                return; // the last one, which counts, will say so
            }
        });
    }

    private long entry(int tensor) {
        return size + HEADER + (long) Integer.BYTES * tensor;
    }

    private @Nullable Integer checksum(int tensor) throws IOException {
        ByteBuffer entry = integer(0);
        return tensor < listed && read(entry(tensor), entry) ? entry.getInt(0) : null;
    }

    private int checksum(long from, long bytes) throws IOException {
        CRC32C sum = new CRC32C();
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        for (long done = 0; done < bytes; done += PIECE) {
            piece.clear().limit((int) Math.min(PIECE, bytes - done));
            if (!read(from + done, piece)) {
                return 0;
            }
            sum.update(piece.flip());
        }
        return (int) sum.getValue();
    }

    private static ByteBuffer integer(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .flip();
    }

    /** Fills {@code to} from {@code position} on; false where the file ends before. */
    private boolean read(long position, ByteBuffer to) throws IOException {
        while (to.hasRemaining()) {
            int n = channel.read(to, position);
            if (n < 0) {
                return false;
            }
            position += n;
        }
        return true;
    }

    private void write(long position, ByteBuffer from) throws IOException {
        while (from.hasRemaining()) {
            position += channel.write(from, position);
        }
    }

    /** As {@link ReplacedFile#finish}; the journal goes. */
    @Override
    public void finish() throws IOException {
        flush();
        channel.truncate(size);
        super.finish();
    }

    @Override
    public void publish() throws IOException {
        super.publish();
        published = true;
    }

    /** Leaves the partial file for a later process, unless none could use it. */
    @Override
    public void close() throws IOException {
        if (published || tensors == 0) {
            super.close();
        } else {
            flush();
            channel.close();
        }
    }
}
