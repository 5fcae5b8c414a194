package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/** What schemas ask of the same value together. */
sealed interface Applicator extends Rule {
    /** {@code nodes} as asked to pass, or to fail. */
    private static List<Literal> literals(List<SchemaNode> nodes, boolean pass, Scope scope, Compilation c) {
        List<Literal> literals = new ArrayList<>(nodes.size());
        for (SchemaNode node : nodes) {
            Literal literal = c.literal(node, scope);
            literals.add(pass ? literal : literal.not());
        }
        return literals;
    }

    /** What of {@code given} is as every one of {@code literals} asks. */
    private static List<Shape> all(List<Shape> given, Collection<Literal> literals, Kind kind, Compilation c) {
        List<Shape> shapes = given;
        for (Literal literal : literals) {
            shapes = c.and(shapes, c.shapes(literal, kind));
        }
        return shapes;
    }

    /** What is as one of {@code literals} asks. */
    private static List<Shape> any(Collection<Literal> literals, Kind kind, Compilation c) {
        List<Shape> shapes = new ArrayList<>();
        for (Literal literal : literals) {
            shapes.addAll(c.shapes(literal, kind));
        }
        return shapes;
    }

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
            return all(given, literals(nodes, true, scope, c), kind, c);
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            return any(literals(nodes, false, scope, c), kind, c);
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
            return any(literals(nodes, true, scope, c), kind, c);
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            return all(Shape.always(kind), literals(nodes, false, scope, c), kind, c);
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
            List<Shape> shapes = new ArrayList<>(all(Shape.always(kind), literals(nodes, false, scope, c), kind, c));
            List<Literal> passing = literals(nodes, true, scope, c);
            for (int i = 0; i < nodes.size(); i++) {
                for (int k = 0; k < i; k++) {
                    shapes.addAll(c.and(c.shapes(passing.get(i), kind), c.shapes(passing.get(k), kind)));
                }
            }
            return shapes;
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
            return any(literals, kind, c);
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            return all(Shape.always(kind), literals.stream().map(Literal::not).toList(), kind, c);
        }
    }
}
