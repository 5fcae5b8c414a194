package dev.keiryo.train.data;

import dev.keiryo.FormatException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** Lines of an untrusted file, none longer than a limit. */
final class LineReader implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final String source;
    private final int limit;
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int end;
    private long line;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();

    /**
     * @param source for messages
     * @param limit bytes of a line
     */
    LineReader(String source, InputStream raw, boolean compressed, int limit) throws IOException {
        this.source = source;
        this.limit = limit;
        try {
            in = compressed ? new GZIPInputStream(raw, BUFFER) : raw;
        } catch (ZipException | EOFException e) {
            throw new FormatException(source, "is not what gzip writes; unpack it, or drop .gz from its name", e);
        }
    }

    /** The next line without its end (LF, or CR LF), or null at the end of the file. */
    byte @Nullable [] next() throws IOException {
        ByteArrayOutputStream begun = null;
        while (true) {
            if (at == end && !fill()) {
                if (begun == null) {
                    return null;
                }
                line++;
                return unmarked(withoutReturn(begun.toByteArray()));
            }
            int from = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            boolean ended = at < end;
            if ((begun == null ? 0L : begun.size()) + at - from > limit) {
                throw new FormatException(
                        source,
                        "line " + (line + 1) + " is longer than the limit of a document, " + limit
                                + " bytes; raise the limit, or cut the line");
            }
            if (ended && begun == null) {
                byte[] whole = Arrays.copyOfRange(buffer, from, at++);
                line++;
                return unmarked(withoutReturn(whole));
            }
            if (begun == null) {
                begun = new ByteArrayOutputStream(2 * (at - from) + 16);
            }
            begun.write(buffer, from, at - from);
            if (ended) {
                at++;
                line++;
                return unmarked(withoutReturn(begun.toByteArray()));
            }
        }
    }

    private boolean fill() throws IOException {
        at = 0;
        try {
            end = Math.max(0, in.read(buffer, 0, buffer.length));
        } catch (ZipException | EOFException e) {
            throw new FormatException(
                    source, "after line " + line + " the compressed data is cut or corrupted; fetch the file again", e);
        }
        return end > 0;
    }

    /** Without the byte order mark of a file's first line. */
    private byte[] unmarked(byte[] bytes) throws FormatException {
        if (line == 1 && bytes.length >= 2) {
            int first = (bytes[0] & 255) << 8 | (bytes[1] & 255);
            if (first == 0xfffe || first == 0xfeff) {
                throw new FormatException(source, "is UTF-16; convert it to UTF-8, for example with iconv");
            }
            if (bytes.length >= 3 && first == 0xefbb && (bytes[2] & 255) == 0xbf) {
                return Arrays.copyOfRange(bytes, 3, bytes.length);
            }
        }
        return bytes;
    }

    private static byte[] withoutReturn(byte[] bytes) {
        return bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }

    /** The number of the last line, from 1. */
    long line() {
        return line;
    }

    /** The last line as text. */
    String decode(byte[] bytes) throws FormatException {
        try {
            return decoder.decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new FormatException(
                    source,
                    "line " + line + " is not UTF-8; convert the file, for example with iconv -f SHIFT_JIS -t UTF-8",
                    e);
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
