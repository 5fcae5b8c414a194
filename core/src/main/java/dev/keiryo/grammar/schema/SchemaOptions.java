package dev.keiryo.grammar.schema;

import java.util.Map;

/**
 * How schemas are compiled.
 *
 * @param formats true where the keyword asserts, for the formats that are known, while all others are
 *     refused; false where it is an annotation, as in the specification's own dialect
 * @param documents schemas that references may lead to, as JSON, by absolute URI; nothing is ever fetched
 */
public record SchemaOptions(boolean formats, Map<String, String> documents) {
    public static final SchemaOptions DEFAULT = new SchemaOptions(false, Map.of());

    public SchemaOptions {
        documents = Map.copyOf(documents);
    }
}
