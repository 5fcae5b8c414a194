package dev.keiryo.grammar.schema;

/** What a JSON value is; the constants apart, so that a schema's alternatives can be listed for each. */
enum Kind {
    NULL,
    FALSE,
    TRUE,
    NUMBER,
    STRING,
    ARRAY,
    OBJECT
}
