package dev.keiryo.grammar.schema;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A schema with an identifier of its own: what relative references and anchors are relative to. */
final class Resource {
    private final Map<String, SchemaNode> dynamicAnchors = new HashMap<>();

    final String base;
    final JsonNode root;
    /** Of the root, in its document. */
    final String pointer;

    final Document document;
    /** Pointers of {@code $anchor} and {@code $dynamicAnchor} in the document. */
    final Map<String, String> anchors = new HashMap<>();

    /** Those of them that are {@code $dynamicAnchor}. */
    final Map<String, String> dynamic = new HashMap<>();

    /** A JSON text, and the schemas that have been asked for in it, by pointer. */
    static final class Document {
        final String uri;
        final JsonNode root;
        final Map<String, SchemaNode> nodes = new HashMap<>();
        /** The resource of each known schema, by pointer. */
        final Map<String, Resource> resources = new HashMap<>();

        Document(String uri, JsonNode root) {
            this.uri = uri;
            this.root = root;
        }
    }

    Resource(String base, JsonNode root, String pointer, Document document) {
        this.base = base;
        this.root = root;
        this.pointer = pointer;
        this.document = document;
    }

    /** What {@code $dynamicAnchor}s there are. */
    Map<String, SchemaNode> dynamicAnchors() {
        return dynamicAnchors;
    }
}
