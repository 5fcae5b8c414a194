package dev.keiryo.gguf;

import dev.keiryo.FormatException;
import dev.keiryo.checkpoint.MetadataValue;
import dev.keiryo.file.Cursor;

/**
 * Reads GGUF's strings and typed values. What a file may make this allocate is bounded by its own size (each count is
 * checked against the bytes that follow) and by a budget.
 */
final class GgufValues {
    private static final int MAX_KEY_BYTES = 65535; // the specification's limit
    private static final int MAX_STRING_BYTES = 1 << 28;
    private static final int MAX_ELEMENTS = 1 << 26;
    private static final int MAX_DEPTH = 16;

    private final Cursor in;
    /** Bytes of heap that the metadata may still take; real files take tens of megabytes. */
    private long budget = 1L << 30;

    GgufValues(Cursor in) {
        this.in = in;
    }

    String key() throws FormatException {
        return name("a metadata key");
    }

    /** A key or a tensor's name. */
    String name(String what) throws FormatException {
        return string(MAX_KEY_BYTES, what);
    }

    /** The type and value of {@code key}. */
    MetadataValue value(String key) throws FormatException {
        MetadataValue.Type type = type("the type of key " + key);
        String what = "the value of key " + key;
        return type == MetadataValue.Type.ARRAY ? array(what, 1) : new MetadataValue(type, type, scalar(type, what));
    }

    private MetadataValue.Type type(String what) throws FormatException {
        long at = in.position();
        int id = in.int32(what);
        MetadataValue.Type type = MetadataValue.Type.ofId(id);
        if (type == null) {
            throw in.fault(at, what + " is " + Integer.toUnsignedString(id) + "; only 0 to 12 are known");
        }
        return type;
    }

    private Object scalar(MetadataValue.Type type, String what) throws FormatException {
        return switch (type) {
            case BOOL -> bool(what);
            case STRING -> string(MAX_STRING_BYTES, what);
            case FLOAT32, FLOAT64 -> real(type, what);
            default -> integer(type, what);
        };
    }

    private boolean bool(String what) throws FormatException {
        long at = in.position();
        byte b = in.int8(what);
        if (b != 0 && b != 1) {
            throw in.fault(at, what + " should be true (1) or false (0), but is " + (b & 0xFF));
        }
        return b == 1;
    }

    private long integer(MetadataValue.Type type, String what) throws FormatException {
        return switch (type) {
            case UINT8 -> in.int8(what) & 0xFFL;
            case INT8 -> in.int8(what);
            case UINT16 -> in.int16(what) & 0xFFFFL;
            case INT16 -> in.int16(what);
            case UINT32 -> in.int32(what) & 0xFFFF_FFFFL;
            case INT32 -> in.int32(what);
            default -> in.int64(what);
        };
    }

    private double real(MetadataValue.Type type, String what) throws FormatException {
        return type == MetadataValue.Type.FLOAT32
                ? Float32.widened(in.int32(what))
                : Double.longBitsToDouble(in.int64(what));
    }

    private MetadataValue array(String what, int depth) throws FormatException {
        long at = in.position();
        if (depth > MAX_DEPTH) {
            throw in.fault(at, what + " nests arrays deeper than " + MAX_DEPTH);
        }
        MetadataValue.Type type = type("the element type of " + what);
        long count = in.length(leastBytes(type), what);
        if (count > MAX_ELEMENTS) {
            throw in.fault(at, what + " has " + count + " elements; at most " + MAX_ELEMENTS + " are possible");
        }
        int n = (int) count;
        String element = "an element of " + what;
        spend(at, type == MetadataValue.Type.BOOL ? n : 8L * n, what);
        Object values = switch (type) {
            case BOOL -> {
                boolean[] a = new boolean[n];
                for (int i = 0; i < n; i++) {
                    a[i] = bool(element);
                }
                yield a;
            }
            case STRING -> {
                String[] a = new String[n];
                for (int i = 0; i < n; i++) {
                    a[i] = string(MAX_STRING_BYTES, element);
                }
                yield a;
            }
            case ARRAY -> {
                MetadataValue[] a = new MetadataValue[n];
                for (int i = 0; i < n; i++) {
                    a[i] = array(what, depth + 1);
                }
                yield a;
            }
            case FLOAT32, FLOAT64 -> {
                double[] a = new double[n];
                for (int i = 0; i < n; i++) {
                    a[i] = real(type, element);
                }
                yield a;
            }
            default -> {
                long[] a = new long[n];
                for (int i = 0; i < n; i++) {
                    a[i] = integer(type, element);
                }
                yield a;
            }
        };
        return new MetadataValue(MetadataValue.Type.ARRAY, type, values);
    }

    private String string(int limit, String what) throws FormatException {
        long at = in.position();
        long length = in.length(1, what);
        if (length > limit) {
            throw in.fault(at, what + " is " + length + " bytes long; at most " + limit + " are possible");
        }
        spend(at, 56 + 2 * length, what);
        return in.utf8((int) length, what);
    }

    private void spend(long at, long bytes, String what) throws FormatException {
        budget -= bytes + 48;
        if (budget < 0) {
            throw in.fault(at, what + " makes the metadata larger than any model's; the file is corrupted");
        }
    }

    /** The least bytes an element of {@code type} takes in a file. */
    private static long leastBytes(MetadataValue.Type type) {
        return switch (type) {
            case UINT8, INT8, BOOL -> 1;
            case UINT16, INT16 -> 2;
            case UINT32, INT32, FLOAT32 -> 4;
            case STRING, UINT64, INT64, FLOAT64 -> 8;
            case ARRAY -> 12;
        };
    }
}
