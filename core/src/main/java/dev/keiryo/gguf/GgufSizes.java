package dev.keiryo.gguf;

import dev.keiryo.checkpoint.MetadataValue;
import java.nio.charset.StandardCharsets;

/** How many bytes {@link GgufValueWriter} makes of a value. */
final class GgufSizes {
    private GgufSizes() {}

    static long key(String key, MetadataValue v) {
        return string(key) + 4 + value(v);
    }

    static long string(String s) {
        return 8L + s.getBytes(StandardCharsets.UTF_8).length;
    }

    private static long value(MetadataValue v) {
        if (v.type() != MetadataValue.Type.ARRAY) {
            return v.value() instanceof String s ? string(s) : number(v.type());
        }
        long sum = 4 + 8;
        switch (v.value()) {
            case String[] a -> {
                for (String s : a) {
                    sum += string(s);
                }
            }
            case MetadataValue[] a -> {
                for (MetadataValue nested : a) {
                    sum += value(nested);
                }
            }
            case boolean[] a -> sum += a.length;
            case double[] a -> sum += a.length * number(v.elementType());
            case long[] a -> sum += a.length * number(v.elementType());
            default -> throw new IllegalArgumentException("no array: " + v);
        }
        return sum;
    }

    private static long number(MetadataValue.Type type) {
        return switch (type) {
            case UINT8, INT8, BOOL -> 1;
            case UINT16, INT16 -> 2;
            case UINT32, INT32, FLOAT32 -> 4;
            default -> 8;
        };
    }
}
