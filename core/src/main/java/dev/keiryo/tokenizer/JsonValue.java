package dev.keiryo.tokenizer;

import dev.keiryo.FormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A part of a JSON file that knows where it is, so that what is wrong with it can be said.
 *
 * @param source the file
 * @param path the place in it, e.g. {@code pre_tokenizer.pretokenizers[0]}; empty for the root
 */
record JsonValue(String source, String path, JsonNode node) {
    FormatException wrong(String problem) {
        return new FormatException(source, (path.isEmpty() ? "the root" : path) + ": " + problem);
    }

    /** Source and place, for the messages of what is built from this. */
    String where() {
        return path.isEmpty() ? source : source + ", " + path;
    }

    /** The value under {@code key}, or null where it is missing or null. */
    @Nullable
    JsonValue find(String key) throws FormatException {
        if (!node.isObject()) {
            throw wrong("an object was expected, but found " + kind());
        }
        JsonNode value = node.get(key);
        return value == null || value.isNull() ? null : new JsonValue(source, child(key), value);
    }

    JsonValue get(String key) throws FormatException {
        JsonValue value = find(key);
        if (value == null) {
            throw wrong("\"" + key + "\" is missing");
        }
        return value;
    }

    List<JsonValue> items() throws FormatException {
        if (!node.isArray()) {
            throw wrong("an array was expected, but found " + kind());
        }
        List<JsonValue> items = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            items.add(new JsonValue(source, path + "[" + i + "]", node.get(i)));
        }
        return items;
    }

    /** The values of an object by key, in order. */
    List<Map.Entry<String, JsonValue>> entries() throws FormatException {
        if (!node.isObject()) {
            throw wrong("an object was expected, but found " + kind());
        }
        List<Map.Entry<String, JsonValue>> entries = new ArrayList<>(node.size());
        for (Map.Entry<String, JsonNode> e : node.properties()) {
            entries.add(Map.entry(e.getKey(), new JsonValue(source, child(e.getKey()), e.getValue())));
        }
        return entries;
    }

    String string() throws FormatException {
        if (!node.isString()) {
            throw wrong("a string was expected, but found " + kind());
        }
        return node.stringValue();
    }

    String string(String key) throws FormatException {
        return get(key).string();
    }

    String string(String key, String otherwise) throws FormatException {
        JsonValue value = find(key);
        return value == null ? otherwise : value.string();
    }

    @Nullable
    String stringOrNull(String key) throws FormatException {
        JsonValue value = find(key);
        return value == null ? null : value.string();
    }

    /** A string of one character. */
    int character(String key, String otherwise) throws FormatException {
        String text = string(key, otherwise);
        if (text.isEmpty() || text.codePointCount(0, text.length()) != 1) {
            throw get(key).wrong("one character was expected, but found \"" + text + "\"");
        }
        return text.codePointAt(0);
    }

    boolean bool(String key, boolean otherwise) throws FormatException {
        JsonValue value = find(key);
        if (value == null) {
            return otherwise;
        }
        if (!value.node.isBoolean()) {
            throw value.wrong("true or false was expected, but found " + value.kind());
        }
        return value.node.booleanValue();
    }

    /** A whole number in {@code [0, 2³¹)}. */
    int integer() throws FormatException {
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
            throw wrong("a whole number from 0 on was expected, but found " + kind());
        }
        return node.intValue();
    }

    int integer(String key, int otherwise) throws FormatException {
        JsonValue value = find(key);
        return value == null ? otherwise : value.integer();
    }

    private String kind() {
        String text = node.toString();
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    private String child(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
