package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is asked of an object's members. */
sealed interface MemberRules extends Rule {
    /** @param node what the members' values must pass */
    record Part(Names names, SchemaNode node) {}

    /** {@code properties}, {@code patternProperties} and {@code additionalProperties}. */
    record Properties(String keyword, List<Part> parts) implements MemberRules {
        static Properties of(
                String keyword,
                Map<String, SchemaNode> named,
                Map<Dfa, List<SchemaNode>> matching,
                @Nullable SchemaNode other) {
            List<Part> parts = new ArrayList<>();
            Set<Names> known = new LinkedHashSet<>();
            named.forEach((name, node) -> parts.add(new Part(new Names.One(name), node)));
            matching.forEach((language, nodes) ->
                    nodes.forEach(node -> parts.add(new Part(new Names.Matching(language), node))));
            parts.forEach(p -> known.add(p.names));
            if (other != null) {
                parts.add(new Part(known.isEmpty() ? Names.ALL : new Names.Outside(known), other));
            }
            return new Properties(keyword, List.copyOf(parts));
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            if (kind != Kind.OBJECT) {
                return Shape.always(kind);
            }
            Set<ObjectShape.Members> every = new LinkedHashSet<>();
            for (Part part : parts) {
                Literal literal = c.literal(part.node, scope);
                if (!literal.isTrue()) {
                    every.add(new ObjectShape.Members(part.names, literal));
                }
            }
            return List.of(new ObjectShape(every, Set.of(), 0, Long.MAX_VALUE));
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            if (kind != Kind.OBJECT) {
                return List.of();
            }
            List<Shape> shapes = new ArrayList<>();
            for (Part part : parts) {
                Literal literal = c.literal(part.node, scope).not();
                if (!literal.isFalse()) {
                    shapes.add(ObjectShape.some(part.names, literal));
                }
            }
            return shapes;
        }

        @Override
        public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
            Set<Names> evaluated = new LinkedHashSet<>();
            parts.forEach(p -> evaluated.add(p.names));
            return Branch.of(passes(kind, scope, c), evaluated, 0, Set.of());
        }
    }

    /** {@code propertyNames}. */
    record PropertyNames(SchemaNode node) implements MemberRules {
        @Override
        public String keyword() {
            return "propertyNames";
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            Literal name = c.literal(node, scope);
            if (kind != Kind.OBJECT || name.isTrue()) {
                return Shape.always(kind);
            }
            return List.of(
                    name.isFalse()
                            ? ObjectShape.count(0, 0)
                            : ObjectShape.every(new Names.Passing(name.not()), Literal.FALSE));
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            Literal name = c.literal(node, scope);
            if (kind != Kind.OBJECT || name.isTrue()) {
                return List.of();
            }
            return List.of(
                    name.isFalse()
                            ? ObjectShape.count(1, Long.MAX_VALUE)
                            : ObjectShape.some(new Names.Passing(name.not()), Literal.TRUE));
        }
    }

    /** {@code dependentSchemas}, one property of it. */
    record DependentSchema(String name, SchemaNode node) implements MemberRules {
        @Override
        public String keyword() {
            return "dependentSchemas";
        }

        @Override
        public int order() {
            return 1;
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            if (kind != Kind.OBJECT) {
                return Shape.always(kind);
            }
            List<Shape> shapes = new ArrayList<>();
            shapes.add(ObjectShape.lacks(name));
            shapes.addAll(c.and(List.of(ObjectShape.has(name)), c.shapes(c.literal(node, scope), kind)));
            return shapes;
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            return kind == Kind.OBJECT
                    ? c.and(
                            List.of(ObjectShape.has(name)),
                            c.shapes(c.literal(node, scope).not(), kind))
                    : List.of();
        }

        @Override
        public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
            if (kind != Kind.OBJECT) {
                return Branch.of(Shape.always(kind));
            }
            List<Branch> branches = new ArrayList<>(Branch.of(List.of(ObjectShape.lacks(name))));
            branches.addAll(
                    c.join(Branch.of(List.of(ObjectShape.has(name))), c.branches(c.literal(node, scope), kind)));
            return branches;
        }
    }
}
