package dev.keiryo.checkpoint;

import dev.keiryo.FormatException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A model's hyperparameters and tokenizer under GGUF's keys, in file order. A getter fails with the key's name where
 * the key is missing (and no default was given) or its value has another type or is out of range.
 */
public final class Metadata {
    private final String source;
    private final Map<String, MetadataValue> values;

    /**
     * @param source the file, for messages
     * @param values copied
     */
    public Metadata(String source, Map<String, MetadataValue> values) {
        this.source = source;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** The file, for messages. */
    public String source() {
        return source;
    }

    public Map<String, MetadataValue> values() {
        return values;
    }

    public boolean has(String key) {
        return values.containsKey(key);
    }

    public @Nullable MetadataValue find(String key) {
        return values.get(key);
    }

    /** {@code general.architecture}: llama, qwen2, gpt2, … */
    public String architecture() throws FormatException {
        return string("general.architecture");
    }

    public String string(String key) throws FormatException {
        return (String) require(key, String.class, "a string");
    }

    public @Nullable String stringOrNull(String key) throws FormatException {
        return has(key) ? string(key) : null;
    }

    public String string(String key, String otherwise) throws FormatException {
        return has(key) ? string(key) : otherwise;
    }

    public int integer(String key) throws FormatException {
        long n = (Long) require(key, Long.class, "an integer");
        if (n < Integer.MIN_VALUE || n > Integer.MAX_VALUE) {
            throw new FormatException(source, "key " + key + ": " + n + " is out of range");
        }
        return (int) n;
    }

    public int integer(String key, int otherwise) throws FormatException {
        return has(key) ? integer(key) : otherwise;
    }

    /** A number, whether stored as integer or real. */
    public float real(String key) throws FormatException {
        return ((Number) require(key, Number.class, "a number")).floatValue();
    }

    public float real(String key, float otherwise) throws FormatException {
        return has(key) ? real(key) : otherwise;
    }

    public boolean bool(String key, boolean otherwise) throws FormatException {
        return has(key) ? (Boolean) require(key, Boolean.class, "true or false") : otherwise;
    }

    public String[] strings(String key) throws FormatException {
        return (String[]) require(key, String[].class, "an array of strings");
    }

    public String @Nullable [] stringsOrNull(String key) throws FormatException {
        return has(key) ? strings(key) : null;
    }

    public long @Nullable [] integersOrNull(String key) throws FormatException {
        return has(key) ? (long[]) require(key, long[].class, "an array of integers") : null;
    }

    public double @Nullable [] realsOrNull(String key) throws FormatException {
        return has(key) ? (double[]) require(key, double[].class, "an array of reals") : null;
    }

    public boolean @Nullable [] booleansOrNull(String key) throws FormatException {
        return has(key) ? (boolean[]) require(key, boolean[].class, "an array of booleans") : null;
    }

    private Object require(String key, Class<?> type, String wanted) throws FormatException {
        MetadataValue v = values.get(key);
        if (v == null) {
            throw new FormatException(source, "key " + key + " is missing; " + wanted + " was expected");
        }
        if (!type.isInstance(v.value())) {
            throw new FormatException(
                    source,
                    "key " + key + " should be " + wanted + ", but is of type " + v.type()
                            + (v.type() == MetadataValue.Type.ARRAY ? " of " + v.elementType() : ""));
        }
        return v.value();
    }
}
