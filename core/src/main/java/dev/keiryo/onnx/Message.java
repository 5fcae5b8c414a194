package dev.keiryo.onnx;

import dev.keiryo.FormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.LongConsumer;

/**
 * The fields of a Protocol Buffers message, one after the other; nothing is copied but strings. Source: the Protocol Buffers
 * documentation, "Encoding".
 */
final class Message {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private static final int LONGEST_STRING = 1 << 16;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String source;
    private final MemorySegment file;
    private final long end;
    private long at;
    private int field;
    private int wire;
    private long number;
    private long length;

    /** @param file all of it; the message is in {@code [from, end)} */
    Message(String source, MemorySegment file, long from, long end) {
        this.source = source;
        this.file = file;
        this.at = from;
        this.end = end;
    }

    /** Goes on to the next field; false behind the last. */
    boolean next() throws FormatException {
        if (at == end) {
            return false;
        }
        long key = varint();
        field = (int) Math.min(key >>> 3, Integer.MAX_VALUE);
        wire = (int) (key & 7);
        switch (wire) {
            case VARINT -> number = varint();
            case FIXED64 -> skip(8);
            case FIXED32 -> {
                skip(4);
                number = file.get(INT, at - 4);
            }
            case BYTES -> {
                length = varint();
                skip(length);
            }
            default -> throw fault("a field of an unknown kind");
        }
        return true;
    }

    private void skip(long bytes) throws FormatException {
        if (bytes < 0 || bytes > end - at) {
            throw fault("a field that is longer than what holds it; the file is cut or corrupted, or no ONNX");
        }
        at += bytes;
    }

    private long varint() throws FormatException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at == end) {
                throw fault("the end within a number; the file is cut or corrupted, or no ONNX");
            }
            byte b = file.get(ValueLayout.JAVA_BYTE, at++);
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw fault("a number of more than ten bytes");
    }

    int field() {
        return field;
    }

    /** The field's number. */
    long number() throws FormatException {
        require(VARINT);
        return number;
    }

    /** The field's number as a float32. */
    float real() throws FormatException {
        require(FIXED32);
        return Float.intBitsToFloat((int) number);
    }

    /** The message in the field. */
    Message message() throws FormatException {
        require(BYTES);
        return new Message(source, file, at - length, at);
    }

    /** The field's bytes, where they lie. */
    MemorySegment bytes() throws FormatException {
        require(BYTES);
        return file.asSlice(at - length, length);
    }

    String string() throws FormatException {
        require(BYTES);
        if (length > LONGEST_STRING) {
            throw fault("a name of " + length + " bytes");
        }
        return new String(bytes().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /** The whole numbers of a repeated field, which may stand in it one by one or all together. */
    void numbers(LongConsumer to) throws FormatException {
        if (wire == VARINT) {
            to.accept(number);
            return;
        }
        Message all = message();
        while (all.at < all.end) {
            to.accept(all.varint());
        }
    }

    private void require(int wanted) throws FormatException {
        if (wire != wanted) {
            throw fault("field " + field + " of kind " + wire + " where kind " + wanted + " was expected");
        }
    }

    FormatException fault(String found) {
        return new FormatException(source, at, "found " + found);
    }
}
