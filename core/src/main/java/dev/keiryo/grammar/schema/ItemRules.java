package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.UnenforceableException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is asked of an array's items. */
sealed interface ItemRules extends Rule {
    /** {@code prefixItems} and {@code items}. */
    record Items(
            String keyword,
            List<SchemaNode> prefix,
            @Nullable SchemaNode rest) implements ItemRules {
        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            if (kind != Kind.ARRAY) {
                return Shape.always(kind);
            }
            Set<ArrayShape.Items> every = new LinkedHashSet<>();
            for (int i = 0; i < prefix.size(); i++) {
                Literal literal = c.literal(prefix.get(i), scope);
                if (!literal.isTrue()) {
                    every.add(new ArrayShape.Items(i, i + 1L, literal));
                }
            }
            List<Shape> shapes = List.of(new ArrayShape(every, Set.of(), 0, ArrayShape.ENDLESS, null));
            return rest == null
                    ? shapes
                    : c.and(
                            shapes,
                            List.of(ArrayShape.every(prefix.size(), ArrayShape.ENDLESS, c.literal(rest, scope))));
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            if (kind != Kind.ARRAY) {
                return List.of();
            }
            List<Shape> shapes = new ArrayList<>();
            for (int i = 0; i < prefix.size(); i++) {
                add(shapes, i, i + 1L, c.literal(prefix.get(i), scope).not());
            }
            if (rest != null) {
                add(
                        shapes,
                        prefix.size(),
                        ArrayShape.ENDLESS,
                        c.literal(rest, scope).not());
            }
            return shapes;
        }

        private static void add(List<Shape> shapes, long from, long to, Literal literal) {
            Shape shape = ArrayShape.count(from, to, literal, 1, ArrayShape.ENDLESS);
            if (shape != null) {
                shapes.add(shape);
            }
        }

        @Override
        public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
            long evaluated = rest == null ? prefix.size() : ArrayShape.ENDLESS;
            return Branch.of(passes(kind, scope, c), Set.of(), evaluated, Set.of());
        }
    }

    /** {@code uniqueItems}. */
    record Unique(String pointer) implements ItemRules {
        @Override
        public String keyword() {
            return "uniqueItems";
        }

        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            return kind == Kind.ARRAY
                    ? List.of(new ArrayShape(Set.of(), Set.of(), 0, ArrayShape.ENDLESS, pointer))
                    : Shape.always(kind);
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            if (kind == Kind.ARRAY) {
                throw new UnenforceableException(
                        pointer,
                        keyword(),
                        "that two items are equal, as not or oneOf ask here, takes more than an automaton");
            }
            return List.of();
        }
    }

    /** {@code contains}, {@code minContains} and {@code maxContains}. */
    record Contains(String keyword, SchemaNode node, long least, long most) implements ItemRules {
        @Override
        public List<Shape> passes(Kind kind, Scope scope, Compilation c) {
            return kind == Kind.ARRAY ? counts(c.literal(node, scope), least, most) : Shape.always(kind);
        }

        private static List<Shape> counts(Literal literal, long least, long most) {
            Shape shape = ArrayShape.count(0, ArrayShape.ENDLESS, literal, least, most);
            return shape == null ? List.of() : List.of(shape);
        }

        @Override
        public List<Shape> fails(Kind kind, Scope scope, Compilation c) {
            if (kind != Kind.ARRAY) {
                return List.of();
            }
            Literal literal = c.literal(node, scope);
            List<Shape> shapes = new ArrayList<>();
            if (least > 0) {
                shapes.addAll(counts(literal, 0, least - 1));
            }
            if (most < ArrayShape.ENDLESS) {
                shapes.addAll(counts(literal, most + 1, ArrayShape.ENDLESS));
            }
            return shapes;
        }

        @Override
        public List<Branch> branches(Kind kind, Scope scope, Compilation c) {
            return Branch.of(passes(kind, scope, c), Set.of(), 0, Set.of(c.literal(node, scope)));
        }
    }
}
