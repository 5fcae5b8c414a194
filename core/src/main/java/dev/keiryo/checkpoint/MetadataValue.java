package dev.keiryo.checkpoint;

/**
 * One typed value of a model's metadata, as GGUF types it.
 *
 * @param type the value's type
 * @param elementType for {@link Type#ARRAY} the elements' type, else equal to {@code type}
 * @param value {@link Long} for every integer type (unsigned ones zero-extended; UINT64 as its two's complement bits),
 *     {@link Double} for FLOAT32 and FLOAT64, {@link Boolean}, {@link String}; for arrays {@code long[]},
 *     {@code double[]}, {@code boolean[]}, {@code String[]}, or {@code MetadataValue[]} for arrays of arrays
 */
public record MetadataValue(Type type, Type elementType, Object value) {
    /** GGUF's value types; {@link #ordinal()} is the number in the file. */
    public enum Type {
        UINT8,
        INT8,
        UINT16,
        INT16,
        UINT32,
        INT32,
        FLOAT32,
        BOOL,
        STRING,
        ARRAY,
        UINT64,
        INT64,
        FLOAT64;

        public boolean isInteger() {
            return switch (this) {
                case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
                default -> false;
            };
        }
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
