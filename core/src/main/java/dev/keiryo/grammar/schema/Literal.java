package dev.keiryo.grammar.schema;

/**
 * A schema that a value is asked to pass, or to fail.
 *
 * @param scope where the schema has been reached from, as far as dynamic references ask
 */
record Literal(SchemaNode node, Scope scope, boolean passes) {
    static final Literal TRUE = new Literal(SchemaNode.TRUE, Scope.NONE, true);
    static final Literal FALSE = new Literal(SchemaNode.FALSE, Scope.NONE, true);

    Literal {
        if (node == SchemaNode.TRUE || node == SchemaNode.FALSE) {
            node = (node == SchemaNode.TRUE) == passes ? SchemaNode.TRUE : SchemaNode.FALSE;
            scope = Scope.NONE;
            passes = true;
        }
    }

    Literal not() {
        return new Literal(node, scope, !passes);
    }

    boolean isTrue() {
        return node == SchemaNode.TRUE;
    }

    boolean isFalse() {
        return node == SchemaNode.FALSE;
    }
}
