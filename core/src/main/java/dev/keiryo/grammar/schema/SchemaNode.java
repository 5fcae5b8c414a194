package dev.keiryo.grammar.schema;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A schema: rules that must all hold. Compared by identity. */
final class SchemaNode {
    /** No rules. */
    static final SchemaNode TRUE = new SchemaNode("true", null);

    static final SchemaNode FALSE = new SchemaNode("false", null);

    static {
        TRUE.rules = List.of();
        FALSE.rules = List.of();
    }

    /** For messages. */
    final String pointer;
    /** Null for schemas that no document holds. */
    final @Nullable Resource resource;

    private List<Rule> rules = List.of();

    SchemaNode(String pointer, @Nullable Resource resource) {
        this.pointer = pointer;
        this.resource = resource;
    }

    /** One that no document holds. */
    static SchemaNode of(String pointer, Rule rule) {
        SchemaNode node = new SchemaNode(pointer, null);
        node.rules = List.of(rule);
        return node;
    }

    /** Ones that decide little come first. */
    void setRules(List<Rule> rules) {
        this.rules = rules.stream()
                .sorted(java.util.Comparator.comparingInt(Rule::order))
                .toList();
    }

    List<Rule> rules() {
        return rules;
    }

    @Override
    public String toString() {
        return pointer;
    }
}
