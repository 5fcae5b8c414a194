package dev.keiryo.grammar.schema;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Arrays of {@code least} to {@code most} items, with assertions on every item of a range, and on how many items of a
 * range pass.
 *
 * @param unique where it is said that no two items may be equal, a pointer; null where they may
 */
record ArrayShape(
        Set<Items> every,
        Set<Count> counts,
        long least,
        long most,
        @Nullable String unique) implements Shape {
    static final long ENDLESS = Long.MAX_VALUE;
    static final ArrayShape ANY = new ArrayShape(Set.of(), Set.of(), 0, ENDLESS, null);

    /** The items from index {@code from} to before {@code to}. */
    record Items(long from, long to, Literal literal) {}

    /** How many of the items from {@code from} to before {@code to} are as {@code literal} asks. */
    record Count(long from, long to, Literal literal, long least, long most) {}

    static Shape length(long least, long most) {
        return new ArrayShape(Set.of(), Set.of(), least, most, null);
    }

    static Shape every(long from, long to, Literal literal) {
        return literal.isTrue()
                ? ANY
                : literal.isFalse() && to == ENDLESS
                        ? length(0, from)
                        : new ArrayShape(Set.of(new Items(from, to, literal)), Set.of(), 0, ENDLESS, null);
    }

    /** @return null where no count is enough */
    static @Nullable Shape count(long from, long to, Literal literal, long least, long most) {
        if (least > most || (literal.isFalse() && least > 0)) {
            return null;
        }
        if (literal.isFalse() || (least == 0 && most == ENDLESS)) {
            return ANY;
        }
        if (literal.isTrue() && to == ENDLESS) {
            return length(least == 0 ? 0 : least + from, most == ENDLESS ? ENDLESS : most + from);
        }
        return new ArrayShape(Set.of(), Set.of(new Count(from, to, literal, least, most)), 0, ENDLESS, null);
    }

    /** What is asked of every item at {@code index}. */
    Set<Literal> item(long index) {
        Set<Literal> literals = new LinkedHashSet<>();
        for (Items items : every) {
            if (items.from() <= index && index < items.to()) {
                literals.add(items.literal());
            }
        }
        literals.remove(Literal.TRUE);
        return literals;
    }

    @Override
    public @Nullable Shape and(Shape shape) {
        ArrayShape other = (ArrayShape) shape;
        ArrayShape both = new ArrayShape(
                Shape.union(every, other.every),
                Shape.union(counts, other.counts),
                Math.max(least, other.least),
                Math.min(most, other.most),
                unique == null ? other.unique : unique);
        return both.least > both.most ? null : both;
    }
}
