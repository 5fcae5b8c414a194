package dev.keiryo.gguf;

import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.file.ReplacedFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Writes GGUF's strings and typed values; the counterpart of {@link GgufValues}. */
final class GgufValueWriter {
    private final ReplacedFile out;

    GgufValueWriter(ReplacedFile out) {
        this.out = out;
    }

    void key(String key, MetadataValue v) throws IOException {
        string(key);
        out.int32(v.type().id());
        if (v.type() == MetadataValue.Type.ARRAY) {
            array(v);
        } else {
            scalar(v);
        }
    }

    /** The length in bytes as uint64, then UTF-8. A lone surrogate is an {@link IllegalArgumentException}. */
    void string(String s) throws IOException {
        ByteBuffer utf8;
        try {
            utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(s));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("not a Unicode string: " + s, e);
        }
        out.int64(utf8.remaining());
        out.bytes(MemorySegment.ofBuffer(utf8));
    }

    private void scalar(MetadataValue v) throws IOException {
        switch (v.value()) {
            case String s -> string(s);
            case Boolean b -> out.int8(b ? 1 : 0);
            case Double d -> real(v.type(), d);
            case Long n -> integer(v.type(), n);
            default -> throw new IllegalArgumentException("no scalar: " + v);
        }
    }

    private void array(MetadataValue v) throws IOException {
        MetadataValue.Type type = v.elementType();
        out.int32(type.id());
        switch (v.value()) {
            case String[] a -> {
                out.int64(a.length);
                for (String s : a) {
                    string(s);
                }
            }
            case boolean[] a -> {
                out.int64(a.length);
                for (boolean b : a) {
                    out.int8(b ? 1 : 0);
                }
            }
            case double[] a -> {
                out.int64(a.length);
                for (double d : a) {
                    real(type, d);
                }
            }
            case long[] a -> {
                out.int64(a.length);
                for (long n : a) {
                    integer(type, n);
                }
            }
            case MetadataValue[] a -> {
                out.int64(a.length);
                for (MetadataValue nested : a) {
                    array(nested);
                }
            }
            default -> throw new IllegalArgumentException("no array: " + v);
        }
    }

    private void integer(MetadataValue.Type type, long n) throws IOException {
        switch (type) {
            case UINT8, INT8 -> out.int8((int) n);
            case UINT16, INT16 -> out.int16((int) n);
            case UINT32, INT32 -> out.int32((int) n);
            default -> out.int64(n);
        }
    }

    private void real(MetadataValue.Type type, double d) throws IOException {
        if (type == MetadataValue.Type.FLOAT32) {
            out.int32(Float32.narrowed(d));
        } else {
            out.int64(Double.doubleToRawLongBits(d));
        }
    }
}
