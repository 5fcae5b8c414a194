package dev.keiryo.grammar.schema;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Objects of {@code least} to {@code most} members, with assertions on every member of a set, or on some one. */
record ObjectShape(Set<Members> every, Set<Members> some, long least, long most) implements Shape {
    static final ObjectShape ANY = new ObjectShape(Set.of(), Set.of(), 0, Long.MAX_VALUE);

    /** The members whose names are in a set, and what is asked of their values. */
    record Members(Names names, Literal literal) {}

    static ObjectShape count(long least, long most) {
        return new ObjectShape(Set.of(), Set.of(), least, most);
    }

    static Shape every(Names names, Literal literal) {
        return literal.isTrue()
                ? ANY
                : new ObjectShape(Set.of(new Members(names, literal)), Set.of(), 0, Long.MAX_VALUE);
    }

    static Shape some(Names names, Literal literal) {
        return new ObjectShape(Set.of(), Set.of(new Members(names, literal)), 0, Long.MAX_VALUE);
    }

    /** One that has the property. */
    static Shape has(String name) {
        return some(new Names.One(name), Literal.TRUE);
    }

    static Shape lacks(String name) {
        return every(new Names.One(name), Literal.FALSE);
    }

    /** What is asked of the member with a name that has to be there. */
    Set<Literal> member(String name, Compilation c) {
        Set<Literal> literals = new LinkedHashSet<>();
        for (Members e : every) {
            if (e.names().contains(name, c)) {
                literals.add(e.literal());
            }
        }
        for (Members s : some) {
            if (s.names() instanceof Names.One one && one.name().equals(name)) {
                literals.add(s.literal());
            }
        }
        literals.remove(Literal.TRUE);
        return literals;
    }

    @Override
    public @Nullable Shape and(Shape shape) {
        ObjectShape other = (ObjectShape) shape;
        ObjectShape both = new ObjectShape(
                Shape.union(every, other.every),
                Shape.union(some, other.some),
                Math.max(least, other.least),
                Math.min(most, other.most));
        if (both.least > both.most) {
            return null;
        }
        for (Members s : both.some) {
            if (s.literal.isFalse()
                    || both.every.contains(new Members(s.names, Literal.FALSE))
                    || (!s.literal.isTrue() && both.every.contains(new Members(s.names, s.literal.not())))) {
                return null;
            }
        }
        return both;
    }
}
