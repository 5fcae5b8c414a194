package dev.keiryo.grammar.schema;

import java.util.Map;

/**
 * How schemas are compiled.
 *
 * @param formats true where the keyword asserts, for the formats that are known, while all others are
 *     refused; false where it is an annotation, as in the specification's own dialect
 * @param documents schemas that references may lead to, as JSON, by absolute URI; nothing is ever fetched
 * @param whitespace characters of white space that may stand at one place; {@link #ANY} for no limit, as in JSON
 * @param doubles whether numbers without a bound have exponents of two digits at most, so that doubles can hold them
 * @param python whether constants are written as in Python, too: {@code True}, {@code False}, {@code None}
 */
public record SchemaOptions(
        boolean formats, Map<String, String> documents, int whitespace, boolean doubles, boolean python) {
    /** Any number of characters. */
    public static final int ANY = Integer.MAX_VALUE;

    /** The specification's own. */
    public static final SchemaOptions DEFAULT = new SchemaOptions(false, Map.of(), ANY, false, false);

    public SchemaOptions {
        if (whitespace < 0) {
            throw new IllegalArgumentException("there cannot be less than no white space, but " + whitespace);
        }
        documents = Map.copyOf(documents);
    }

    public SchemaOptions withFormats(boolean newFormats) {
        return new SchemaOptions(newFormats, documents, whitespace, doubles, python);
    }

    public SchemaOptions withDocuments(Map<String, String> newDocuments) {
        return new SchemaOptions(formats, newDocuments, whitespace, doubles, python);
    }

    public SchemaOptions withWhitespace(int newWhitespace) {
        return new SchemaOptions(formats, documents, newWhitespace, doubles, python);
    }

    public SchemaOptions withDoubles(boolean newDoubles) {
        return new SchemaOptions(formats, documents, whitespace, newDoubles, python);
    }

    public SchemaOptions withPython(boolean newPython) {
        return new SchemaOptions(formats, documents, whitespace, doubles, newPython);
    }
}
