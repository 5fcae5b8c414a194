package dev.keiryo.huggingface;

import dev.keiryo.checkpoint.MetadataValue;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a configuration says, gathered under GGUF's keys, and the small tensors that follow from it alone. */
final class Description {
    private final String architecture;
    private final Map<String, MetadataValue> keys = new LinkedHashMap<>();
    private final Map<String, float[]> vectors = new LinkedHashMap<>();

    /** @param architecture GGUF's name, the prefix of the keys */
    Description(String architecture) {
        this.architecture = architecture;
        keys.put("general.architecture", MetadataValue.of(architecture));
    }

    Map<String, MetadataValue> keys() {
        return keys;
    }

    /** Tensors by name, without {@code .weight}. */
    Map<String, float[]> vectors() {
        return vectors;
    }

    void count(String key, long n) {
        keys.put(architecture + "." + key, MetadataValue.of(n));
    }

    void real(String key, double x) {
        keys.put(architecture + "." + key, MetadataValue.of((double) (float) x));
    }

    void flag(String key, boolean b) {
        keys.put(architecture + "." + key, MetadataValue.of(b));
    }

    void text(String key, String s) {
        keys.put(architecture + "." + key, MetadataValue.of(s));
    }

    /** A value whose key has no architecture before it. */
    void plain(String key, MetadataValue value) {
        keys.put(key, value);
    }

    void vector(String name, float[] values) {
        vectors.put(name, values);
    }
}
