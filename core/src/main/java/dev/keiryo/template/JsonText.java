package dev.keiryo.template;

import dev.keiryo.FormatException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON to plain values and back, without loss: null, Boolean, Long (BigInteger where it does not fit), Double, String, List,
 * and Map in the text's order.
 */
public final class JsonText {
    private static final int DEPTH = 500;

    private JsonText() {}

    /**
     * @param source for messages
     * @throws FormatException where {@code text} is not one JSON value
     */
    public static @Nullable Object read(String source, String text) throws FormatException {
        try {
            JsonNode node = JsonMapper.shared()
                    .readerFor(JsonNode.class)
                    .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readValue(text);
            if (node == null || node.isMissingNode()) {
                throw new FormatException(source, "is empty; JSON was expected");
            }
            return value(node);
        } catch (JacksonException e) {
            throw new FormatException(source, "is not JSON: " + e.getOriginalMessage() + at(e), e);
        }
    }

    /** As {@link #read}, of an object. */
    public static Map<String, @Nullable Object> readObject(String source, String text) throws FormatException {
        Object value = read(source, text);
        if (!(value instanceof Map<?, ?> map)) {
            throw new FormatException(source, "a JSON object was expected");
        }
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        map.forEach((key, v) -> object.put(String.valueOf(key), v));
        return object;
    }

    private static String at(JacksonException e) {
        return e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }

    private static @Nullable Object value(JsonNode node) {
        if (node.isObject()) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            node.properties().forEach(e -> map.put(e.getKey(), value(e.getValue())));
            return map;
        }
        if (node.isArray()) {
            List<@Nullable Object> list = new ArrayList<>(node.size());
            node.forEach(e -> list.add(value(e)));
            return list;
        }
        if (node.isString()) {
            return node.stringValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isIntegralNumber()) {
            return Values.number(node.bigIntegerValue());
        }
        return node.isNumber() ? (Object) node.doubleValue() : null;
    }

    /**
     * One line of JSON, as Python's {@code json.dumps(v, ensure_ascii=False)} writes it.
     *
     * @throws IllegalArgumentException where {@code v} is not made of such values
     */
    public static String write(@Nullable Object v) {
        try {
            return PythonJson.dump(inner(v, 0), false, null, null, false, new Budget(Integer.MAX_VALUE));
        } catch (TemplateFailure e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** The template's form of a plain value. */
    static Object inner(@Nullable Object v, int depth) {
        if (depth > DEPTH) {
            throw new IllegalArgumentException("values are nested more than " + DEPTH + " levels deep");
        }
        return switch (v) {
            case null -> None.NONE;
            case String s -> s;
            case Boolean b -> b;
            case Long n -> n;
            case Double d -> d;
            case Float f -> (double) f;
            case BigInteger n -> Values.number(n);
            case Integer n -> (long) n;
            case Short n -> (long) n;
            case Byte n -> (long) n;
            case Map<?, ?> map -> {
                Dict dict = new Dict();
                map.forEach((key, value) -> dict.put(String.valueOf(key), inner(value, depth + 1)));
                yield dict;
            }
            case Collection<?> items -> {
                List<Object> list = new ArrayList<>(items.size());
                items.forEach(item -> list.add(inner(item, depth + 1)));
                yield list;
            }
            default ->
                throw new IllegalArgumentException("a value of " + v.getClass().getName() + " has no place in JSON");
        };
    }

    /** Characters that {@code v} takes, roughly. */
    static long size(@Nullable Object v) {
        return switch (v) {
            case null -> 4;
            case String s -> s.length() + 2L;
            case Map<?, ?> map -> {
                long size = 2;
                for (Map.Entry<?, ?> e : map.entrySet()) {
                    size += size(e.getKey()) + size(e.getValue());
                }
                yield size;
            }
            case Collection<?> items -> {
                long size = 2;
                for (Object item : items) {
                    size += size(item);
                }
                yield size;
            }
            default -> 8;
        };
    }
}
