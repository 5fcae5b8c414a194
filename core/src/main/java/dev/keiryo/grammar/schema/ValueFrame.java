package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;

/**
 * Before a value; white space may come first.
 *
 * @param space characters of it that may still come
 */
record ValueFrame(Constraint constraint, int space) implements Frame {
    ValueFrame(Constraint constraint) {
        this(constraint, constraint.whitespace);
    }

    /** {@code space} after one more character. */
    static int less(int space) {
        return space == SchemaOptions.ANY ? space : space - 1;
    }

    static boolean isSpace(int b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t';
    }

    @Override
    public boolean mayEnd() {
        return false;
    }

    @Override
    public int shortest() {
        return Plan.clamp(constraint.fewest);
    }

    @Override
    public void next(int b, Sink sink) {
        if (isSpace(b)) {
            if (space > 0) {
                sink.go(new ValueFrame(constraint, less(space)));
            }
            return;
        }
        for (Plan plan : constraint.plans) {
            plan.begin(b, sink);
        }
    }

    @Override
    public int hashCode() {
        return 31 * System.identityHashCode(constraint) + space;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ValueFrame f && f.constraint == constraint && f.space == space;
    }
}
