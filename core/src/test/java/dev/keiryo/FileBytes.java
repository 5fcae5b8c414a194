package dev.keiryo;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Builds binary files field by field, little-endian, independently of the writers under test. */
public final class FileBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public FileBytes integer(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            out.write((int) (value >> (8 * i)));
        }
        return this;
    }

    public FileBytes int32(long value) {
        return integer(value, 4);
    }

    public FileBytes int64(long value) {
        return integer(value, 8);
    }

    public FileBytes float32(float value) {
        return int32(Float.floatToRawIntBits(value));
    }

    public FileBytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    public FileBytes text(String utf8) {
        return raw(utf8.getBytes(StandardCharsets.UTF_8));
    }

    /** GGUF's string: uint64 length, then UTF-8. */
    public FileBytes string(String s) {
        return int64(s.getBytes(StandardCharsets.UTF_8).length).text(s);
    }

    /** Zeros up to a multiple of {@code alignment}. */
    public FileBytes pad(int alignment) {
        while (out.size() % alignment != 0) {
            out.write(0);
        }
        return this;
    }

    public int size() {
        return out.size();
    }

    public byte[] toArray() {
        return out.toByteArray();
    }
}
