package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What one keyword, or a group that depends on each other, asks of a value. Both sides are given: the shapes of what passes
 * and of what fails, so that negation never needs a complement of a whole language.
 */
sealed interface Rule permits Assertion, TypeRule, EnumRule, MemberRules, ItemRules, Applicator {
    /** For messages. */
    String keyword();

    List<Shape> passes(Kind kind, Scope scope, Compilation c);

    List<Shape> fails(Kind kind, Scope scope, Compilation c);

    /** What of {@code given} passes. */
    default List<Shape> restrict(List<Shape> given, Kind kind, Scope scope, Compilation c) {
        return c.and(given, passes(kind, scope, c));
    }

    /** What passes, apart for all that counts as evaluated in different ways. */
    default List<Branch> branches(Kind kind, Scope scope, Compilation c) {
        return Branch.of(passes(kind, scope, c));
    }

    /** Rules with a lower order are looked at first. */
    default int order() {
        return 0;
    }

    /**
     * A shape together with what has been evaluated where a value has it.
     *
     * @param names members that have been
     * @param prefix so many first items have been
     * @param matched items that pass one of these have been
     */
    record Branch(Shape shape, Set<Names> names, long prefix, Set<Literal> matched) {
        static List<Branch> of(List<Shape> shapes) {
            return of(shapes, Set.of(), 0, Set.of());
        }

        static List<Branch> of(List<Shape> shapes, Set<Names> names, long prefix, Set<Literal> matched) {
            List<Branch> branches = new ArrayList<>(shapes.size());
            for (Shape shape : shapes) {
                branches.add(new Branch(shape, names, prefix, matched));
            }
            return branches;
        }

        static List<Shape> shapes(List<Branch> branches) {
            return branches.stream().map(Branch::shape).distinct().toList();
        }
    }
}

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

/** {@code type}. */
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
