package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What schemas ask of the same value together. */
sealed interface Applicator extends Rule {
    /** {@code allOf}, and {@code $ref} for one. */
    record AllOf(String keyword, List<SchemaNode> nodes) implements Applicator {
        @Override
        public int order() {
            return 1;
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            return restrict(Shape.always(kind), kind, scope, c);
        }

        @Override
        public List<Shape> restrict(List<Shape> given, Kind kind, Scope scope, Compilation c) {
            List<Shape> shapes = given;
            for (SchemaNode node : nodes) {
                shapes = c.and(shapes, c.shapes(c.literal(node, scope), kind));
            }
            return shapes;
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            List<Shape> shapes = new ArrayList<>();
            for (SchemaNode node : nodes) {
                shapes.addAll(c.shapes(c.literal(node, scope).not(), kind));
            }
            return shapes;
        }

        @Override
        public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
            List<Branch> branches = Branch.of(Shape.always(kind));
            for (SchemaNode node : nodes) {
                branches = c.join(branches, c.branches(c.literal(node, scope), kind));
            }
            return branches;
        }
    }

    /** {@code anyOf}. */
    record AnyOf(List<SchemaNode> nodes) implements Applicator {
        @Override
        public String keyword() {
            return "anyOf";
        }

        @Override
        public int order() {
            return 2;
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            List<Shape> shapes = new ArrayList<>();
            for (SchemaNode node : nodes) {
                shapes.addAll(c.shapes(c.literal(node, scope), kind));
            }
            return shapes;
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            List<Shape> shapes = Shape.always(kind);
            for (SchemaNode node : nodes) {
                shapes = c.and(shapes, c.shapes(c.literal(node, scope).not(), kind));
            }
            return shapes;
        }

        /** Every set of schemas that may pass apart: all of them count as evaluating. */
        @Override
        public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
            List<Branch> none = Branch.of(Shape.always(kind));
            List<Branch> some = List.of();
            for (SchemaNode node : nodes) {
                Literal literal = c.literal(node, scope);
                List<Branch> passing = c.branches(literal, kind);
                List<Branch> failing = Branch.of(c.shapes(literal.not(), kind));
                List<Branch> more = new ArrayList<>(c.join(some, failing));
                more.addAll(c.join(some, passing));
                more.addAll(c.join(none, passing));
                some = more;
                none = c.join(none, failing);
            }
            return some;
        }
    }

    /** {@code oneOf}. */
    record OneOf(List<SchemaNode> nodes) implements Applicator {
        @Override
        public String keyword() {
            return "oneOf";
        }

        @Override
        public int order() {
            return 3;
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            return restrict(Shape.always(kind), kind, scope, c);
        }

        @Override
        public List<Shape> restrict(List<Shape> given, Kind kind, Scope scope, Compilation c) {
            List<Shape> all = new ArrayList<>();
            for (int i = 0; i < nodes.size(); i++) {
                List<Shape> shapes = c.and(given, c.shapes(c.literal(nodes.get(i), scope), kind));
                for (int k = 0; k < nodes.size(); k++) {
                    if (k != i) {
                        shapes = c.andNot(shapes, c.literal(nodes.get(k), scope), kind);
                    }
                }
                all.addAll(shapes);
            }
            return all;
        }

        /** None passes, or two do. */
        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            List<Shape> all = Shape.always(kind);
            for (SchemaNode node : nodes) {
                all = c.and(all, c.shapes(c.literal(node, scope).not(), kind));
            }
            all = new ArrayList<>(all);
            for (int i = 0; i < nodes.size(); i++) {
                for (int k = 0; k < i; k++) {
                    all.addAll(c.and(
                            c.shapes(c.literal(nodes.get(i), scope), kind),
                            c.shapes(c.literal(nodes.get(k), scope), kind)));
                }
            }
            return all;
        }

        @Override
        public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
            List<Branch> all = new ArrayList<>();
            for (int i = 0; i < nodes.size(); i++) {
                List<Branch> branches = c.branches(c.literal(nodes.get(i), scope), kind);
                for (int k = 0; k < nodes.size(); k++) {
                    if (k != i) {
                        branches = c.join(
                                branches,
                                Branch.of(
                                        c.shapes(c.literal(nodes.get(k), scope).not(), kind)));
                    }
                }
                all.addAll(branches);
            }
            return all;
        }
    }

    /** {@code not}. */
    record Not(SchemaNode node) implements Applicator {
        @Override
        public String keyword() {
            return "not";
        }

        @Override
        public int order() {
            return 3;
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            return c.shapes(c.literal(node, scope).not(), kind);
        }

        @Override
        public List<Shape> restrict(List<Shape> given, Kind kind, Scope scope, Compilation c) {
            return c.andNot(given, c.literal(node, scope), kind);
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            return c.shapes(c.literal(node, scope), kind);
        }
    }

    /** {@code if}, {@code then} and {@code else}. */
    record If(SchemaNode condition, SchemaNode then, SchemaNode otherwise) implements Applicator {
        @Override
        public String keyword() {
            return "if";
        }

        @Override
        public int order() {
            return 3;
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            return restrict(Shape.always(kind), kind, scope, c);
        }

        @Override
        public List<Shape> restrict(List<Shape> given, Kind kind, Scope scope, Compilation c) {
            Literal test = c.literal(condition, scope);
            List<Shape> shapes =
                    new ArrayList<>(c.and(c.and(given, c.shapes(test, kind)), c.shapes(c.literal(then, scope), kind)));
            shapes.addAll(c.and(c.andNot(given, test, kind), c.shapes(c.literal(otherwise, scope), kind)));
            return shapes;
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            Literal test = c.literal(condition, scope);
            List<Shape> shapes = new ArrayList<>(
                    c.and(c.shapes(test, kind), c.shapes(c.literal(then, scope).not(), kind)));
            shapes.addAll(c.and(
                    c.shapes(test.not(), kind),
                    c.shapes(c.literal(otherwise, scope).not(), kind)));
            return shapes;
        }

        @Override
        public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
            Literal test = c.literal(condition, scope);
            List<Branch> all =
                    new ArrayList<>(c.join(c.branches(test, kind), c.branches(c.literal(then, scope), kind)));
            all.addAll(c.join(Branch.of(c.shapes(test.not(), kind)), c.branches(c.literal(otherwise, scope), kind)));
            return all;
        }
    }

    /** {@code $dynamicRef} to an anchor that is dynamic: the outermost in scope, or this one. */
    record DynamicRef(String anchor, SchemaNode fallback) implements Applicator {
        @Override
        public String keyword() {
            return "$dynamicRef";
        }

        @Override
        public int order() {
            return 1;
        }

        private Literal target(Scope scope, Compilation c) {
            Scope entered = fallback.resource == null ? scope : scope.enter(fallback.resource);
            SchemaNode node = entered.anchors().get(anchor);
            return c.literal(node == null ? fallback : node, scope);
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            return c.shapes(target(scope, c), kind);
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            return c.shapes(target(scope, c).not(), kind);
        }

        @Override
        public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
            return c.branches(target(scope, c), kind);
        }
    }

    /** One of several literals, wherever they come from. */
    record Either(Set<Literal> literals) implements Applicator {
        @Override
        public String keyword() {
            return "unevaluatedItems";
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            List<Shape> shapes = new ArrayList<>();
            for (Literal literal : literals) {
                shapes.addAll(c.shapes(literal, kind));
            }
            return shapes;
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            List<Shape> shapes = Shape.always(kind);
            for (Literal literal : literals) {
                shapes = c.and(shapes, c.shapes(literal.not(), kind));
            }
            return shapes;
        }
    }

    /**
     * {@code unevaluatedProperties} or {@code unevaluatedItems}: asks {@code node} of all that {@code others}, the other
     * rules of its schema, leave unevaluated.
     */
    record Unevaluated(Kind of, SchemaNode node, List<Rule> others) implements Applicator {
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
}
