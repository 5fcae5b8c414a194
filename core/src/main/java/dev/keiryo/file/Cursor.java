package dev.keiryo.file;

import dev.keiryo.FormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the little-endian fields of an untrusted file one after the other. Every read is checked against the end of the
 * file before anything is allocated; a fault names the byte offset of the field at fault.
 */
public final class Cursor {
    /** Little-endian layouts at any alignment, as all formats here store numbers. */
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    public static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String source;
    private final MemorySegment bytes;
    private long position;

    /**
     * @param source the file's name, for messages
     * @param bytes the whole file; borrowed
     */
    public Cursor(String source, MemorySegment bytes) {
        this.source = source;
        this.bytes = bytes;
    }

    public String source() {
        return source;
    }

    /** Offset of the next field. */
    public long position() {
        return position;
    }

    /** Size of the whole file. */
    public long size() {
        return bytes.byteSize();
    }

    public long remaining() {
        return bytes.byteSize() - position;
    }

    public byte int8(String what) throws FormatException {
        return bytes.get(ValueLayout.JAVA_BYTE, take(1, what));
    }

    public short int16(String what) throws FormatException {
        return bytes.get(SHORT, take(2, what));
    }

    public int int32(String what) throws FormatException {
        return bytes.get(INT, take(4, what));
    }

    public long int64(String what) throws FormatException {
        return bytes.get(LONG, take(8, what));
    }

    /**
     * The length, stored as uint64, of a string or list whose entries take at least {@code least} bytes each.
     *
     * @throws FormatException where so many cannot follow
     */
    public long length(long least, String what) throws FormatException {
        long at = position;
        long n = int64(what);
        if (n < 0 || n > remaining() / least) {
            throw fault(
                    at,
                    what + " claims a length of " + Long.toUnsignedString(n) + ", but only " + remaining()
                            + " bytes follow; the file is cut or corrupted");
        }
        return n;
    }

    /** {@code length} bytes of UTF-8 as a string. */
    public String utf8(int length, String what) throws FormatException {
        long at = take(length, what);
        byte[] raw = new byte[length];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, raw, 0, length);
        String s = new String(raw, StandardCharsets.UTF_8);
        // Malformed input decodes to U+FFFD, which then does not encode back to the same bytes.
        if (s.indexOf('\uFFFD') >= 0 && !Arrays.equals(s.getBytes(StandardCharsets.UTF_8), raw)) {
            throw fault(at, what + " is not UTF-8");
        }
        return s;
    }

    /** The next {@code length} bytes, not copied. */
    public MemorySegment slice(long length, String what) throws FormatException {
        return bytes.asSlice(take(length, what), length);
    }

    private long take(long length, String what) throws FormatException {
        if (length < 0 || length > remaining()) {
            throw fault(
                    position,
                    "the file ends within " + what + " (" + length + " bytes expected, " + remaining()
                            + " left); it is cut or corrupted");
        }
        long at = position;
        position += length;
        return at;
    }

    /** A fault at byte {@code offset} of this file, to be thrown. */
    public FormatException fault(long offset, String problem) {
        return new FormatException(source, offset, problem);
    }
}
