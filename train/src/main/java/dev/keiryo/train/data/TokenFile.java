package dev.keiryo.train.data;

import dev.keiryo.FormatException;
import dev.keiryo.file.Cursor;
import dev.keiryo.file.MappedFile;
import dev.keiryo.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Documents as tokens, in a mapped file. Little-endian:
 *
 * <pre>
 * offset 0   8 bytes  the characters KEIRYOTK
 *        8   uint32   version, 1
 *       12   uint32   bytes of an id, 2 or 4
 *       16   uint64   {@link VocabularyFingerprint}
 *       24   uint32   size of the vocabulary
 *       28   uint32   0
 *       32            ids, one after the other, then zeros up to a multiple of 8
 *                     uint64 for each document: the index of its first token, ascending from 0; then the number of tokens
 *  end - 32  uint64   number of tokens
 *      - 24  uint64   number of documents
 *      - 16  uint32   CRC-32C of all before
 *      - 12  uint32   0
 *      -  8  8 bytes  the characters KTOKIYRE
 * </pre>
 *
 * <p>All of it is checked when the file is opened, ids against the vocabulary too. Immutable and thread-safe; who opens it closes it.
 */
public final class TokenFile implements AutoCloseable {
    static final byte[] MAGIC = {'K', 'E', 'I', 'R', 'Y', 'O', 'T', 'K'};
    static final byte[] END = {'K', 'T', 'O', 'K', 'I', 'Y', 'R', 'E'};
    static final int VERSION = 1;
    static final int HEADER = 32;
    static final int TRAILER = 32;
    private static final int PIECE = 1 << 20;

    private final String source;
    private final Arena arena;
    private final MemorySegment ids;
    private final MemorySegment starts;
    private final int width;
    private final long tokens;
    private final long documents;
    private final long fingerprint;
    private final int vocabulary;
    private final int checksum;

    private TokenFile(String source, Arena arena, MemorySegment bytes) throws FormatException {
        this.source = source;
        this.arena = arena;
        Cursor head = new Cursor(source, bytes);
        if (bytes.byteSize() < HEADER + TRAILER + Long.BYTES) {
            throw fault(0, "has " + bytes.byteSize() + " bytes, fewer than any file of tokens; write it again");
        }
        expect(head, MAGIC, "is no file of tokens; make one with keiryo data");
        int version = head.int32("the version");
        if (version != VERSION) {
            throw fault(8, "version " + version + ", but this program reads version " + VERSION + "; write it again");
        }
        width = head.int32("the size of an id");
        if (width != Short.BYTES && width != Integer.BYTES) {
            throw fault(12, "ids have 2 or 4 bytes, not " + width + "; the file is corrupted");
        }
        fingerprint = head.int64("the fingerprint");
        vocabulary = head.int32("the size of the vocabulary");
        if (vocabulary < 1 || (width == Short.BYTES && vocabulary > 1 << 16) || head.int32("zeros") != 0) {
            throw fault(24, "a vocabulary of " + vocabulary + " ids of " + width + " bytes; the file is corrupted");
        }
        long end = bytes.byteSize() - TRAILER;
        Cursor tail = new Cursor(source, bytes);
        tail.slice(end, "tokens");
        tokens = tail.int64("the number of tokens");
        documents = tail.int64("the number of documents");
        checksum = tail.int32("the checksum");
        boolean zeros = tail.int32("zeros") == 0;
        expect(tail, END, "ends otherwise than files of tokens do: it is cut; write it again");
        long room = end - HEADER;
        if (tokens < 0 || tokens > room / width || documents < 0 || documents > tokens || !zeros) {
            throw fault(end, tokens + " tokens in " + documents + " documents cannot be; the file is corrupted");
        }
        long padded = padded(tokens * width);
        if (padded + Long.BYTES * (documents + 1) != room) {
            throw fault(
                    end,
                    "has " + room + " bytes for " + tokens + " tokens and " + documents + " documents, which take "
                            + (padded + Long.BYTES * (documents + 1)) + "; the file is corrupted");
        }
        ids = bytes.asSlice(HEADER, tokens * width);
        starts = bytes.asSlice(HEADER + padded, Long.BYTES * (documents + 1));
        verify(bytes.asSlice(0, end + 2L * Long.BYTES));
        checkStarts();
        checkIds();
    }

    static long padded(long bytes) {
        return Math.ceilDiv(bytes, Long.BYTES) * Long.BYTES;
    }

    /** Whether the file at {@code path} begins as files of tokens do. */
    public static boolean isAt(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(MAGIC.length), MAGIC);
        }
    }

    /** Opens and checks the file at {@code path}: reads all of it once. */
    public static TokenFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return new TokenFile(path.toString(), arena, MappedFile.map(path, arena));
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** A file whose bytes are in memory; borrowed. */
    static TokenFile of(String source, MemorySegment bytes) throws FormatException {
        return new TokenFile(source, Arena.ofShared(), bytes);
    }

    private void expect(Cursor cursor, byte[] expected, String problem) throws FormatException {
        for (byte b : expected) {
            if (cursor.int8("a mark") != b) {
                throw fault(cursor.position() - 1, problem);
            }
        }
    }

    private void verify(MemorySegment bytes) throws FormatException {
        CRC32C sum = new CRC32C();
        for (long from = 0; from < bytes.byteSize(); from += PIECE) {
            sum.update(bytes.asSlice(from, Math.min(PIECE, bytes.byteSize() - from))
                    .asByteBuffer());
        }
        if ((int) sum.getValue() != checksum) {
            throw new FormatException(source, "the checksum does not fit: the file is corrupted; write it again");
        }
    }

    private void checkStarts() throws FormatException {
        long before = -1;
        for (long d = 0; d <= documents; d++) {
            long start = starts.get(Cursor.LONG, Long.BYTES * d);
            if (d == 0 ? start != 0 : start <= before) {
                throw new FormatException(
                        source, "document " + d + " begins at token " + start + "; the file is corrupted");
            }
            before = start;
        }
        if (before != tokens) {
            throw new FormatException(
                    source, "the last document ends at token " + before + " of " + tokens + "; the file is corrupted");
        }
    }

    private void checkIds() throws FormatException {
        for (long i = 0; i < tokens; i++) {
            int id = id(i);
            if (id < 0 || id >= vocabulary) {
                throw fault(HEADER + i * width, "id " + id + " is not in [0, " + vocabulary + ")");
            }
        }
    }

    private FormatException fault(long offset, String problem) {
        return new FormatException(source, offset, problem);
    }

    /**
     * Fails unless {@code tokenizer} has the vocabulary that the tokens are of.
     *
     * @throws FormatException where it has another
     */
    public void require(Tokenizer tokenizer) throws FormatException {
        if (tokenizer.size() != vocabulary || VocabularyFingerprint.of(tokenizer) != fingerprint) {
            throw new FormatException(
                    source,
                    "is of a vocabulary of " + vocabulary + " tokens other than the tokenizer's " + tokenizer.size()
                            + "; name the tokenizer it was made with, or make it again with keiryo data");
        }
    }

    /** The id of a token, from 0. */
    public int id(long token) {
        return width == Short.BYTES
                ? Short.toUnsignedInt(ids.get(Cursor.SHORT, token * Short.BYTES))
                : ids.get(Cursor.INT, token * Integer.BYTES);
    }

    /** Where a document begins; for the number of documents, where the last one ends. */
    public long start(long document) {
        return starts.get(Cursor.LONG, Long.BYTES * document);
    }

    /** The document that a token is in. */
    public long document(long token) {
        long low = 0;
        long high = documents - 1;
        while (low < high) {
            long middle = (low + high + 1) >>> 1;
            if (start(middle) <= token) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    public long tokens() {
        return tokens;
    }

    public long documents() {
        return documents;
    }

    /** Number of ids of the vocabulary. */
    public int vocabulary() {
        return vocabulary;
    }

    /** CRC-32C of all that the file holds: tells it from others. */
    public int checksum() {
        return checksum;
    }

    public long fingerprint() {
        return fingerprint;
    }

    /** The file's name. */
    public String source() {
        return source;
    }

    @Override
    public void close() {
        arena.close();
    }
}
