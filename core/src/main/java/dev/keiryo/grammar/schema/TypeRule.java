package dev.keiryo.grammar.schema;

import java.util.List;
import java.util.Set;

/** What a value is: it is of one of some types. */
record TypeRule(Set<String> types) implements Rule {
    /** All that there are. */
    static final List<String> NAMES = List.of("null", "boolean", "integer", "number", "string", "array", "object");

    private static final NumberShape INTEGER = NumberShape.multipleOf(java.math.BigDecimal.ONE);
    private static final NumberShape NO_INTEGER = NumberShape.notMultipleOf(java.math.BigDecimal.ONE);

    @Override
    public String keyword() {
        return "type";
    }

    @Override
    public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
        return switch (kind) {
            case NULL -> Shape.when(types.contains("null"), kind);
            case FALSE, TRUE -> Shape.when(types.contains("boolean"), kind);
            case STRING -> Shape.when(types.contains("string"), kind);
            case ARRAY -> Shape.when(types.contains("array"), kind);
            case OBJECT -> Shape.when(types.contains("object"), kind);
            case NUMBER ->
                types.contains("number")
                        ? Shape.always(kind)
                        : types.contains("integer") ? List.of(INTEGER) : List.of();
        };
    }

    @Override
    public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
        if (kind == Kind.NUMBER && types.contains("integer") && !types.contains("number")) {
            return List.of(NO_INTEGER);
        }
        return Shape.when(passes(kind, scope, c).isEmpty(), kind);
    }
}
