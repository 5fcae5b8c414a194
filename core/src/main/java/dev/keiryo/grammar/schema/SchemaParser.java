package dev.keiryo.grammar.schema;

import dev.keiryo.FormatException;
import java.util.ArrayDeque;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Finds all schemas that the root one leads to; what each says is read by {@link Keywords}. */
final class SchemaParser {
    private final String source;
    private final SchemaOptions options;
    private final References references;
    private final Patterns patterns = new Patterns();
    private final ArrayDeque<Pending> queue = new ArrayDeque<>();

    private record Pending(SchemaNode node, Resource resource, JsonNode json) {}

    SchemaParser(String source, SchemaOptions options) {
        this.source = source;
        this.options = options;
        this.references = new References(source, options.documents());
    }

    SchemaNode parse(String text) throws FormatException {
        SchemaNode root = node(references.root(text));
        while (!queue.isEmpty()) {
            Pending next = queue.remove();
            KeywordValues values = new KeywordValues(source, next.node.pointer, next.json);
            Subschemas subschemas = new Subschemas(next);
            next.node.setRules(new Keywords(values, subschemas, patterns, options.formats()).rules());
        }
        return root;
    }

    private SchemaNode node(References.Place place) throws FormatException {
        JsonNode json = place.json();
        if (json.isBoolean()) {
            return json.booleanValue() ? SchemaNode.TRUE : SchemaNode.FALSE;
        }
        if (!json.isObject()) {
            throw new FormatException(source, place.pointer() + ": expected a schema, an object or a boolean");
        }
        Resource resource = place.resource();
        Map<String, SchemaNode> nodes = resource.document.nodes;
        SchemaNode known = nodes.get(place.path());
        if (known == null) {
            known = new SchemaNode(place.pointer(), resource);
            nodes.put(place.path(), known);
            queue.add(new Pending(known, resource, json));
            for (Map.Entry<String, String> a : resource.dynamic.entrySet()) {
                Map<String, SchemaNode> anchors = resource.dynamicAnchors();
                if (!anchors.containsKey(a.getKey())) {
                    anchors.put(a.getKey(), SchemaNode.TRUE); // against endless recursion
                    anchors.put(a.getKey(), node(references.at(resource.document, a.getValue())));
                }
            }
        }
        return known;
    }

    /** The schemas that one schema holds or refers to. */
    final class Subschemas {
        private final Pending owner;

        private Subschemas(Pending owner) {
            this.owner = owner;
        }

        /** The one at these steps below the owner. */
        SchemaNode at(String... steps) throws FormatException {
            return node(references.child(owner.resource, owner.node, owner.json, steps));
        }

        /** The one that {@code reference}, the value of {@code keyword}, names. */
        SchemaNode target(String keyword, String reference) throws FormatException {
            return node(references.resolve(owner.resource, reference, owner.node.pointer, keyword));
        }

        /** Whether {@code reference} names a dynamic anchor, so that an outer resource may decide. */
        boolean isDynamic(String keyword, String reference) throws FormatException {
            References.Place place = references.resolve(owner.resource, reference, owner.node.pointer, keyword);
            return place.path().equals(place.resource().dynamic.get(anchor(reference)));
        }
    }

    /** The name behind the number sign. */
    static String anchor(String reference) {
        return reference.substring(reference.indexOf('#') + 1);
    }
}
