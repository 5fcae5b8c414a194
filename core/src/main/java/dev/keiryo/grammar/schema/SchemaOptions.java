package dev.keiryo.grammar.schema;

import java.util.Map;

/**
 * How schemas are compiled.
 *
 * @param formats true where the keyword asserts, for the formats that are known, while all others are
 *     refused; false where it is an annotation, as in the specification's own dialect
 * @param python whether constants are written as in Python, too: {@code True}, {@code False}, {@code None}
 * @param documents schemas that references may lead to, as JSON, by absolute URI; nothing is ever fetched
 */
public record SchemaOptions(boolean formats, Map<String, String> documents, boolean python) {
    public static final SchemaOptions DEFAULT = new SchemaOptions(false, Map.of(), false);

    public SchemaOptions {
        documents = Map.copyOf(documents);
    }

    public SchemaOptions withDocuments(Map<String, String> newDocuments) {
        return new SchemaOptions(formats, newDocuments, python);
    }

    public SchemaOptions withPython(boolean newPython) {
        return new SchemaOptions(formats, documents, newPython);
    }

    public SchemaOptions withFormats(boolean newFormats) {
        return new SchemaOptions(newFormats, documents, python);
    }
}
