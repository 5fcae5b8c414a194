package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code unevaluatedProperties} or {@code unevaluatedItems}: asks {@code node} of all that {@code others}, the other
 * rules of its schema, leave unevaluated.
 */
record Unevaluated(Kind of, SchemaNode node, List<Rule> others) implements Rule {
    static final Map<String, Kind> KEYWORDS =
            Map.of("unevaluatedProperties", Kind.OBJECT, "unevaluatedItems", Kind.ARRAY);

    @Override
    public String keyword() {
        return of == Kind.OBJECT ? "unevaluatedProperties" : "unevaluatedItems";
    }

    @Override
    public int order() {
        return 4;
    }

    private List<Branch> before(Kind kind, Scope scope, Compilation c) {
        List<Branch> branches = Branch.of(Shape.always(kind));
        for (Rule rule : others) {
            branches = c.join(branches, rule.branches(kind, scope, c));
        }
        return branches;
    }

    @Override
    public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
        if (kind != of) {
            return Shape.always(kind);
        }
        List<Shape> shapes = new ArrayList<>();
        for (Branch b : before(kind, scope, c)) {
            shapes.addAll(c.and(List.of(b.shape()), List.of(leftover(b, scope, c))));
        }
        return shapes;
    }

    private Shape leftover(Branch b, Scope scope, Compilation c) {
        Literal literal = c.literal(node, scope);
        return of == Kind.OBJECT
                ? ObjectShape.every(new Names.Outside(b.names()), literal)
                : b.prefix() == ArrayShape.ENDLESS
                        ? ArrayShape.ANY
                        : ArrayShape.every(b.prefix(), ArrayShape.ENDLESS, c.either(b.matched(), literal));
    }

    @Override
    public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
        if (kind != of) {
            return List.of();
        }
        List<Shape> shapes = new ArrayList<>();
        Literal literal = c.literal(node, scope);
        for (Branch b : before(kind, scope, c)) {
            Shape bad;
            if (of == Kind.OBJECT) {
                bad = ObjectShape.some(new Names.Outside(b.names()), literal.not());
            } else if (b.prefix() == ArrayShape.ENDLESS) {
                continue;
            } else {
                Literal not = c.either(b.matched(), literal).not();
                bad = ArrayShape.count(b.prefix(), ArrayShape.ENDLESS, not, 1, ArrayShape.ENDLESS);
            }
            if (bad != null) {
                shapes.addAll(c.and(List.of(b.shape()), List.of(bad)));
            }
        }
        return shapes;
    }

    /** All has been evaluated then. */
    @Override
    public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
        return kind == Kind.OBJECT && of == kind
                ? Branch.of(passes(kind, scope, c), Set.of(Names.ALL), 0, Set.of())
                : kind == Kind.ARRAY && of == kind
                        ? Branch.of(passes(kind, scope, c), Set.of(), ArrayShape.ENDLESS, Set.of())
                        : Branch.of(Shape.always(kind));
    }
}
