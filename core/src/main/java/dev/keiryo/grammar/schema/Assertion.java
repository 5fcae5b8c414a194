package dev.keiryo.grammar.schema;

import java.util.List;

/**
 * An assertion about values of one kind that looks into no other schema.
 *
 * @param passing shapes that pass, of values of {@code kind}; all others do
 */
record Assertion(String keyword, Kind kind, List<Shape> passing, List<Shape> failing) implements Rule {
    @Override
    public List<Shape> passes(Kind k, Scope scope, Compilation c) {
        return k == kind ? passing : Shape.always(k);
    }

    @Override
    public List<Shape> fails(Kind k, Scope scope, Compilation c) {
        return k == kind ? failing : List.of();
    }
}
