package dev.keiryo.grammar.schema;

import java.util.HashMap;
import java.util.Map;

/**
 * The dynamic scope of a schema: what each {@code $dynamicAnchor} stands for, the outermost resource that has it winning.
 */
record Scope(Map<String, SchemaNode> anchors) {
    static final Scope NONE = new Scope(Map.of());

    /** Within a further resource. */
    Scope enter(Resource resource) {
        if (anchors.keySet().containsAll(resource.dynamicAnchors().keySet())) {
            return this;
        }
        Map<String, SchemaNode> more = new HashMap<>(resource.dynamicAnchors());
        more.putAll(anchors);
        return new Scope(more);
    }
}
