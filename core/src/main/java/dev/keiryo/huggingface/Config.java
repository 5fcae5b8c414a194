package dev.keiryo.huggingface;

import dev.keiryo.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An object of a folder's JSON files, read key by key. A null value counts as missing, as it does there. Every getter
 * fails with the key's name where the value is missing (and has no default), of another type or out of range.
 */
final class Config {
    private static final long MAX_BYTES = 1 << 28;

    private final String source;
    private final String path;
    private final JsonNode node;

    private Config(String source, String path, JsonNode node) {
        this.source = source;
        this.path = path;
        this.node = node;
    }

    /** The object in {@code file}. */
    static Config read(Path file) throws IOException {
        String source = file.toString();
        if (!Files.isRegularFile(file)) {
            throw new FormatException(source, "no such file; a Hugging Face model folder has one");
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new FormatException(source, "is larger than " + MAX_BYTES + " bytes; this is no configuration");
        }
        try {
            JsonNode root = JsonMapper.shared().readTree(Files.readAllBytes(file));
            if (!root.isObject()) {
                throw new FormatException(source, "should hold a JSON object");
            }
            return new Config(source, "", root);
        } catch (JacksonException e) {
            throw new FormatException(source, "is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** An object that stands for the files of {@code source}. */
    static Config of(String source, JsonNode object) {
        return new Config(source, "", object);
    }

    String source() {
        return source;
    }

    JsonNode json() {
        return node;
    }

    boolean has(String key) {
        return node.hasNonNull(key);
    }

    /** The first of {@code keys} that is there; else the first. */
    String first(String... keys) {
        for (String key : keys) {
            if (has(key)) {
                return key;
            }
        }
        return keys[0];
    }

    /** A required positive integer. */
    int count(String key) throws FormatException {
        int n = integer(key);
        if (n <= 0) {
            throw fault(key, "should be positive, but is " + n);
        }
        return n;
    }

    int count(String key, int otherwise) throws FormatException {
        return has(key) ? count(key) : otherwise;
    }

    int integer(String key) throws FormatException {
        JsonNode v = require(key, "an integer");
        if (!v.isIntegralNumber() || !v.canConvertToInt()) {
            throw fault(key, "should be an integer, but is " + brief(v));
        }
        return v.asInt();
    }

    /** A required finite number. */
    double real(String key) throws FormatException {
        return number(key, require(key, "a number"));
    }

    double real(String key, double otherwise) throws FormatException {
        return has(key) ? real(key) : otherwise;
    }

    double[] reals(String key) throws FormatException {
        JsonNode v = require(key, "an array of numbers");
        if (!v.isArray()) {
            throw fault(key, "should be an array of numbers, but is " + brief(v));
        }
        double[] out = new double[v.size()];
        for (int i = 0; i < out.length; i++) {
            out[i] = number(key, v.get(i));
        }
        return out;
    }

    private double number(String key, JsonNode v) throws FormatException {
        if (!v.isNumber() || !Double.isFinite(v.asDouble())) {
            throw fault(key, "should be a number, but is " + brief(v));
        }
        return v.asDouble();
    }

    boolean flag(String key, boolean otherwise) throws FormatException {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode v = node.get(key);
        if (!v.isBoolean()) {
            throw fault(key, "should be true or false, but is " + brief(v));
        }
        return v.asBoolean();
    }

    @Nullable
    String text(String key) throws FormatException {
        if (!has(key)) {
            return null;
        }
        JsonNode v = node.get(key);
        if (!v.isString()) {
            throw fault(key, "should be a string, but is " + brief(v));
        }
        return v.asString();
    }

    String text(String key, String otherwise) throws FormatException {
        String s = text(key);
        return s == null ? otherwise : s;
    }

    /** An array of strings; empty where missing. */
    List<String> texts(String key) throws FormatException {
        List<String> out = new ArrayList<>();
        if (has(key)) {
            for (JsonNode v : node.get(key)) {
                if (!v.isString()) {
                    throw fault(key, "should be an array of strings, but holds " + brief(v));
                }
                out.add(v.asString());
            }
        }
        return out;
    }

    /** The object under {@code key}, or null. */
    @Nullable
    Config section(String key) throws FormatException {
        if (!has(key)) {
            return null;
        }
        JsonNode v = node.get(key);
        if (!v.isObject()) {
            throw fault(key, "should be an object, but is " + brief(v));
        }
        return new Config(source, path + key + ".", v);
    }

    /** This object with the keys of the JSON object {@code defaults} where it has none. */
    Config withDefaults(String defaults) {
        ObjectNode all = (ObjectNode) JsonMapper.shared().readTree(defaults);
        node.properties().forEach(p -> all.set(p.getKey(), p.getValue()));
        return new Config(source, path, all);
    }

    /** Fails unless the flag is {@code expected} or missing. */
    void expect(String key, boolean expected) throws FormatException {
        if (flag(key, expected) != expected) {
            throw fault(key, "is " + !expected + "; only models where it is " + expected + " can be computed");
        }
    }

    /** Fails where there is a value that would change the result in a way not provided for. */
    void expectNone(String key) throws FormatException {
        if (has(key)) {
            throw fault(key, "is " + brief(node.get(key)) + "; only models without it can be computed");
        }
    }

    /** Fails unless the string is one of {@code known}; the first is what a missing one means. */
    String oneOf(String key, String... known) throws FormatException {
        String found = text(key, known[0]);
        for (String k : known) {
            if (k.equals(found)) {
                return found;
            }
        }
        throw fault(key, "is \"" + found + "\"; only " + String.join(", ", known) + " can be computed");
    }

    FormatException fault(String key, String problem) {
        return new FormatException(source, "key " + path + key + " " + problem);
    }

    private JsonNode require(String key, String wanted) throws FormatException {
        if (!has(key)) {
            throw fault(key, "is missing; " + wanted + " was expected");
        }
        return node.get(key);
    }

    private static String brief(JsonNode v) {
        String s = v.toString();
        return s.length() <= 60 ? s : s.substring(0, 60) + "…";
    }
}
