package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads one protobuf message, field by field, from bytes that may say anything: every length is checked against what
 * is left, and nothing is allocated that the bytes themselves do not fill.
 *
 * <p>Source: Protocol Buffers, "Encoding".
 */
final class Protobuf {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final String source;
    private final byte[] data;
    private final int end;
    private int at;
    private int field;
    private int wireType;

    Protobuf(String source, byte[] data) {
        this(source, data, 0, data.length);
    }

    private Protobuf(String source, byte[] data, int from, int end) {
        this.source = source;
        this.data = data;
        this.at = from;
        this.end = end;
    }

    /** Moves to the next field; its value must then be read or skipped. False at the message's end. */
    boolean next() throws FormatException {
        if (at == end) {
            return false;
        }
        int tagAt = at;
        long tag = readVarint();
        wireType = (int) (tag & 7);
        if (tag >>> 3 == 0 || tag >>> 3 > (1 << 29) - 1) {
            throw wrong(tagAt, "field number " + (tag >>> 3) + " is not possible; this is no protobuf message");
        }
        field = (int) (tag >>> 3);
        return true;
    }

    /** The current field's number. */
    int field() {
        return field;
    }

    /** The current field as a bool. */
    boolean bool() throws FormatException {
        return varint() != 0;
    }

    /** The current field as an int32 or enum. */
    int int32() throws FormatException {
        return (int) varint();
    }

    private long varint() throws FormatException {
        expect(VARINT, "a varint");
        return readVarint();
    }

    /** The current field as a float. */
    float float32() throws FormatException {
        expect(FIXED32, "a float");
        take(4);
        int bits = 0;
        for (int i = 0; i < 4; i++) {
            bits |= (data[at - 4 + i] & 0xFF) << (8 * i);
        }
        return Float.intBitsToFloat(bits);
    }

    /** The current field as bytes. */
    byte[] bytes() throws FormatException {
        int length = length();
        return Arrays.copyOfRange(data, at - length, at);
    }

    /** The current field as UTF-8 text. */
    String string() throws FormatException {
        int length = length();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data, at - length, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw wrong(at - length, "field " + field + " should be UTF-8 text, but is not");
        }
    }

    /** The current field as a message of its own. */
    Protobuf message() throws FormatException {
        int length = length();
        return new Protobuf(source, data, at - length, at);
    }

    /** Passes over the current field. */
    void skip() throws FormatException {
        switch (wireType) {
            case VARINT -> readVarint();
            case FIXED64 -> take(8);
            case BYTES -> length();
            case FIXED32 -> take(4);
            default -> throw wrong(at, "wire type " + wireType + " is not known; this is no protobuf message");
        }
    }

    /** An error at the current place. */
    FormatException wrong(String problem) {
        return wrong(at, problem);
    }

    private FormatException wrong(int offset, String problem) {
        return new FormatException(source, offset, problem);
    }

    private void expect(int type, String wanted) throws FormatException {
        if (wireType != type) {
            throw wrong(at, "field " + field + " should be " + wanted + ", but has wire type " + wireType);
        }
    }

    /** Reads a length-delimited field's length and passes over its content. */
    private int length() throws FormatException {
        expect(BYTES, "bytes");
        int lengthAt = at;
        long length = readVarint();
        if (length < 0 || length > end - at) {
            throw wrong(
                    lengthAt,
                    "field " + field + " says it is " + Long.toUnsignedString(length) + " bytes long, but only "
                            + (end - at) + " are left; the file is cut or damaged");
        }
        at += (int) length;
        return (int) length;
    }

    private void take(int bytes) throws FormatException {
        if (end - at < bytes) {
            throw wrong(
                    at,
                    "field " + field + " takes " + bytes + " bytes, but only " + (end - at)
                            + " are left; the file is cut or damaged");
        }
        at += bytes;
    }

    private long readVarint() throws FormatException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at == end) {
                throw wrong(at, "a number is cut off; the file is cut or damaged");
            }
            byte b = data[at++];
            value |= (b & 0x7FL) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw wrong(at, "a number is longer than 10 bytes; this is no protobuf message");
    }
}
