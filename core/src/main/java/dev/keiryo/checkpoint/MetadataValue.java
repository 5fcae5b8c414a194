package dev.keiryo.checkpoint;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One typed value of a model's metadata, as GGUF types it. Two are equal where type and contents are, also for arrays.
 *
 * @param type the value's type
 * @param elementType for {@link Type#ARRAY} the elements' type, else equal to {@code type}
 * @param value {@link Long} for every integer type (unsigned ones zero-extended; UINT64 as its two's complement bits),
 *     {@link Double} for FLOAT32 and FLOAT64, {@link Boolean}, {@link String}; for arrays {@code long[]},
 *     {@code double[]}, {@code boolean[]}, {@code String[]}, or {@code MetadataValue[]} for arrays of arrays. Arrays are
 *     not copied. A FLOAT32 is rounded to float32.
 */
public record MetadataValue(Type type, Type elementType, Object value) {
    /** GGUF's value types. */
    public enum Type {
        UINT8(0),
        INT8(1),
        UINT16(2),
        INT16(3),
        UINT32(4),
        INT32(5),
        FLOAT32(6),
        BOOL(7),
        STRING(8),
        ARRAY(9),
        UINT64(10),
        INT64(11),
        FLOAT64(12);

        private static final Type[] BY_ID = values();

        private final int id;

        Type(int id) {
            this.id = id;
        }

        /** The number in a GGUF file. */
        public int id() {
            return id;
        }

        /** The type with the number {@code id}, or null where none has it. */
        public static @Nullable Type ofId(int id) {
            return id >= 0 && id < BY_ID.length ? BY_ID[id] : null;
        }

        public boolean isInteger() {
            return switch (this) {
                case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
                default -> false;
            };
        }

        /** Whether {@code n} is in this integer type's range; the 64-bit ones hold any bits. */
        boolean holds(long n) {
            return switch (this) {
                case UINT8 -> n >= 0 && n <= 0xFF;
                case INT8 -> n == (byte) n;
                case UINT16 -> n >= 0 && n <= 0xFFFF;
                case INT16 -> n == (short) n;
                case UINT32 -> n >= 0 && n <= 0xFFFF_FFFFL;
                case INT32 -> n == (int) n;
                case UINT64, INT64 -> true;
                default -> false;
            };
        }
    }

    /** Checks that {@code value} is what the types say, and in their range. */
    public MetadataValue {
        boolean fits =
                type == Type.ARRAY ? isArrayOf(elementType, value) : type == elementType && isScalar(type, value);
        if (!fits) {
            throw new IllegalArgumentException("not a value of type "
                    + (type == Type.ARRAY ? "array of " + elementType : type) + ": "
                    + (value instanceof Number ? value : value.getClass().getSimpleName()));
        }
        value = elementType == Type.FLOAT32 ? rounded(value) : value;
    }

    private static boolean isScalar(Type type, Object value) {
        return switch (type) {
            case STRING -> value instanceof String;
            case BOOL -> value instanceof Boolean;
            case FLOAT32, FLOAT64 -> value instanceof Double;
            case ARRAY -> false;
            default -> value instanceof Long n && type.holds(n);
        };
    }

    private static boolean isArrayOf(Type element, Object value) {
        return switch (element) {
            case STRING -> value instanceof String[];
            case BOOL -> value instanceof boolean[];
            case FLOAT32, FLOAT64 -> value instanceof double[];
            case ARRAY -> value instanceof MetadataValue[] a && Arrays.stream(a).allMatch(v -> v.type == Type.ARRAY);
            default -> value instanceof long[] a && Arrays.stream(a).allMatch(element::holds);
        };
    }

    /** Values that float32 holds as they are stay untouched, so that NaNs keep their payload. */
    private static Object rounded(Object value) {
        if (value instanceof Double d) {
            return isFloat(d) ? d : (Object) (double) d.floatValue();
        }
        double[] a = (double[]) value;
        return Arrays.stream(a).allMatch(MetadataValue::isFloat)
                ? a
                : Arrays.stream(a).map(d -> isFloat(d) ? d : (float) d).toArray();
    }

    private static boolean isFloat(double d) {
        return Double.isNaN(d) || (float) d == d;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MetadataValue v
                && type == v.type
                && elementType == v.elementType
                && Objects.deepEquals(value, v.value);
    }

    @Override
    public int hashCode() {
        return 31 * Objects.hash(type, elementType) + Arrays.deepHashCode(new Object[] {value});
    }

    /** The type and the contents; of a long array only its length. */
    @Override
    public String toString() {
        if (type != Type.ARRAY) {
            return type + " " + (type == Type.UINT64 ? Long.toUnsignedString((Long) value) : value);
        }
        int length = Array.getLength(value);
        String contents = Arrays.deepToString(new Object[] {value});
        return elementType + "[" + length + "]"
                + (length > 16 ? "" : " " + contents.substring(1, contents.length() - 1));
    }

    public static MetadataValue of(String s) {
        return new MetadataValue(Type.STRING, Type.STRING, s);
    }

    public static MetadataValue of(boolean b) {
        return new MetadataValue(Type.BOOL, Type.BOOL, b);
    }

    /** A FLOAT32. */
    public static MetadataValue of(double d) {
        return new MetadataValue(Type.FLOAT32, Type.FLOAT32, d);
    }

    /** A UINT32, GGUF's usual type for counts. */
    public static MetadataValue of(long n) {
        return new MetadataValue(Type.UINT32, Type.UINT32, n);
    }

    public static MetadataValue of(String[] strings) {
        return new MetadataValue(Type.ARRAY, Type.STRING, strings);
    }

    /** An array of INT32. */
    public static MetadataValue of(long[] numbers) {
        return new MetadataValue(Type.ARRAY, Type.INT32, numbers);
    }

    /** An array of FLOAT32. */
    public static MetadataValue of(double[] numbers) {
        return new MetadataValue(Type.ARRAY, Type.FLOAT32, numbers);
    }

    public static MetadataValue of(boolean[] flags) {
        return new MetadataValue(Type.ARRAY, Type.BOOL, flags);
    }
}
