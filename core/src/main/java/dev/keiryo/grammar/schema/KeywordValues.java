package dev.keiryo.grammar.schema;

import dev.keiryo.FormatException;
import dev.keiryo.grammar.UnenforceableException;
import java.math.BigDecimal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The values of one schema's keywords, each of the type and size that its keyword asks for. */
final class KeywordValues {
    private static final int MOST_DIGITS = 1_000;

    /** A text that must be longer is never asked for. */
    private static final long MOST_LEAST = 10_000_000;

    private final String source;
    private final String pointer;
    private final JsonNode json;

    /**
     * @param source for messages
     * @param pointer to the schema, for messages
     * @param json the schema, an object
     */
    KeywordValues(String source, String pointer, JsonNode json) {
        this.source = source;
        this.pointer = pointer;
        this.json = json;
    }

    String pointer() {
        return pointer;
    }

    Iterable<String> keywords() {
        return json.propertyNames();
    }

    boolean has(String keyword) {
        return json.has(keyword);
    }

    boolean isList(String keyword) {
        return json.get(keyword).isArray();
    }

    /** Any value whose numbers can be computed with. */
    JsonNode any(String keyword) {
        JsonNode value = json.get(keyword);
        checkNumbers(keyword, value);
        return value;
    }

    BigDecimal number(String keyword) throws FormatException {
        if (!json.get(keyword).isNumber()) {
            throw wrong(keyword, "a number");
        }
        return EnumRule.number(any(keyword));
    }

    private void checkNumbers(String keyword, JsonNode value) {
        if (value.isNumber()) {
            BigDecimal n = value.decimalValue();
            if (n.precision() > MOST_DIGITS || Math.abs((long) n.scale()) > MOST_DIGITS) {
                throw refused(keyword, "a number of more than " + MOST_DIGITS + " digits");
            }
        }
        value.forEach(v -> checkNumbers(keyword, v));
    }

    /** A count that an instance must reach. */
    long least(String keyword) throws FormatException {
        long n = count(keyword);
        if (n > MOST_LEAST) {
            throw refused(keyword, "more than " + MOST_LEAST + " is not supported");
        }
        return n;
    }

    /** A count; what no instance can exceed becomes some number as large as that. */
    long count(String keyword) throws FormatException {
        BigDecimal n = number(keyword);
        if (n.signum() < 0 || n.scale() > 0) {
            throw wrong(keyword, "an integer, 0 at least");
        }
        return n.precision() - n.scale() > 15 ? Long.MAX_VALUE / 8 : n.longValueExact();
    }

    boolean truth(String keyword) throws FormatException {
        JsonNode value = json.get(keyword);
        if (!value.isBoolean()) {
            throw wrong(keyword, "a boolean");
        }
        return value.booleanValue();
    }

    String text(String keyword) throws FormatException {
        return text(keyword, json.get(keyword));
    }

    private String text(String keyword, JsonNode value) throws FormatException {
        if (!value.isString()) {
            throw wrong(keyword, "a string");
        }
        return value.stringValue();
    }

    /** An object whose values are schemas or lists. */
    JsonNode object(String keyword) throws FormatException {
        JsonNode value = json.get(keyword);
        if (!value.isObject()) {
            throw wrong(keyword, "an object");
        }
        return value;
    }

    JsonNode array(String keyword) throws FormatException {
        if (!isList(keyword)) {
            throw wrong(keyword, "an array");
        }
        return any(keyword);
    }

    Set<String> names(String keyword) throws FormatException {
        return names(keyword, json.get(keyword));
    }

    Set<String> names(String keyword, JsonNode value) throws FormatException {
        if (!value.isArray()) {
            throw wrong(keyword, "an array of strings");
        }
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode name : value) {
            names.add(text(keyword, name));
        }
        return names;
    }

    /** How many schemas {@code keyword} lists. */
    int schemas(String keyword) throws FormatException {
        JsonNode value = json.get(keyword);
        if (!value.isArray() || value.isEmpty()) {
            throw wrong(keyword, "an array of schemas, one at least");
        }
        return value.size();
    }

    /** Names of types, from {@code known}. */
    Set<String> types(String keyword, List<String> known) throws FormatException {
        JsonNode value = json.get(keyword);
        Set<String> types = value.isArray() ? names(keyword, value) : Set.of(text(keyword, value));
        for (String type : types) {
            if (!known.contains(type)) {
                throw wrong(keyword, "one of " + known + ", not " + type);
            }
        }
        return types;
    }

    FormatException wrong(String keyword, String expected) {
        return new FormatException(source, pointer + ": \"" + keyword + "\" must be " + expected);
    }

    UnenforceableException refused(String keyword, String why) {
        return new UnenforceableException(pointer, keyword, why);
    }
}
