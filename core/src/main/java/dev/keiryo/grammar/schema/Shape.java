package dev.keiryo.grammar.schema;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One way in which a value of a kind may be valid: assertions that must all hold. What a schema allows is a disjunction
 * of shapes for each kind. By value.
 */
sealed interface Shape permits Shape.Constant, NumberShape, StringShape, ArrayShape, ObjectShape {
    /** What holds where this and {@code other}, of the same kind, hold; null where nothing does, as far as one look tells. */
    @Nullable
    Shape and(Shape other);

    /** {@code null}, {@code true} or {@code false}, which need no assertions. */
    record Constant(Kind kind) implements Shape {
        @Override
        public Shape and(Shape other) {
            return this;
        }
    }

    /** Every value of {@code kind}. */
    static Shape any(Kind kind) {
        return switch (kind) {
            case NULL, TRUE, FALSE -> new Constant(kind);
            case NUMBER -> NumberShape.ANY;
            case STRING -> StringShape.ANY;
            case ARRAY -> ArrayShape.ANY;
            case OBJECT -> ObjectShape.ANY;
        };
    }

    static List<Shape> always(Kind kind) {
        return List.of(any(kind));
    }

    static List<Shape> when(boolean holds, Kind kind) {
        return holds ? always(kind) : List.of();
    }

    /** {@code a} and {@code b} together. */
    static <T> Set<T> union(Set<T> a, Set<T> b) {
        if (a.containsAll(b)) {
            return a;
        }
        if (b.containsAll(a)) {
            return b;
        }
        Set<T> both = new java.util.LinkedHashSet<>(a);
        both.addAll(b);
        return both;
    }
}
