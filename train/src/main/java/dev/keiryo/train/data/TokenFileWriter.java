package dev.keiryo.train.data;

import dev.keiryo.file.Cursor;
import dev.keiryo.file.ReplacedFile;
import dev.keiryo.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Writes a {@link TokenFile} whole or not at all: documents one after the other, then {@link #publish}; {@link #close} takes away what was not published. Memory: 8 bytes for each document. */
public final class TokenFileWriter implements AutoCloseable {
    private final ReplacedFile file;
    private final CRC32C checksum = new CRC32C();
    private final int width;
    private final int vocabulary;
    private long[] starts = new long[1024];
    private int documents;
    private long tokens;

    /** Begins a file beside {@code target}, whose folder must exist. */
    public TokenFileWriter(Path target, Tokenizer tokenizer) throws IOException {
        this(target, tokenizer.size(), VocabularyFingerprint.of(tokenizer));
    }

    /**
     * As {@link #TokenFileWriter(Path, Tokenizer)}, for a vocabulary without a tokenizer.
     *
     * @param fingerprint tells the vocabulary from others
     */
    public TokenFileWriter(Path target, int vocabulary, long fingerprint) throws IOException {
        this.vocabulary = vocabulary;
        width = vocabulary <= 1 << 16 ? Short.BYTES : Integer.BYTES;
        file = new ReplacedFile(target);
        MemorySegment head = MemorySegment.ofArray(new byte[TokenFile.HEADER]);
        head.copyFrom(MemorySegment.ofArray(TokenFile.MAGIC));
        head.set(Cursor.INT, 8, TokenFile.VERSION);
        head.set(Cursor.INT, 12, width);
        head.set(Cursor.LONG, 16, fingerprint);
        head.set(Cursor.INT, 24, vocabulary);
        write(head);
    }

    /**
     * Appends a document.
     *
     * @throws IllegalArgumentException where it has no tokens, or one that the vocabulary has not
     */
    public void add(int[] ids) throws IOException {
        if (ids.length == 0) {
            throw new IllegalArgumentException("a document without tokens");
        }
        MemorySegment bytes = MemorySegment.ofArray(new byte[ids.length * width]);
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] < 0 || ids[i] >= vocabulary) {
                throw new IllegalArgumentException("id " + ids[i] + " is not in [0, " + vocabulary + ")");
            }
            if (width == Short.BYTES) {
                bytes.set(Cursor.SHORT, (long) i * width, (short) ids[i]);
            } else {
                bytes.set(Cursor.INT, (long) i * width, ids[i]);
            }
        }
        if (documents == starts.length) {
            if (documents > Integer.MAX_VALUE / 2) {
                throw new IOException("more than " + documents + " documents do not fit into one file; make several");
            }
            starts = Arrays.copyOf(starts, 2 * documents);
        }
        starts[documents++] = tokens;
        tokens += ids.length;
        write(bytes);
    }

    private void write(MemorySegment bytes) throws IOException {
        checksum.update(bytes.asByteBuffer());
        file.bytes(bytes);
    }

    private void write(long value) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(new byte[Long.BYTES]);
        bytes.set(Cursor.LONG, 0, value);
        write(bytes);
    }

    public long tokens() {
        return tokens;
    }

    public long documents() {
        return documents;
    }

    /** Syncs the file to the disk and gives it its name. */
    public void publish() throws IOException {
        long size = tokens * width;
        write(MemorySegment.ofArray(new byte[(int) (TokenFile.padded(size) - size)]));
        for (int d = 0; d < documents; d++) {
            write(starts[d]);
        }
        write(tokens);
        write(tokens);
        write(documents);
        file.int32((int) checksum.getValue());
        file.int32(0);
        file.bytes(MemorySegment.ofArray(TokenFile.END));
        file.finish();
        file.publish();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
