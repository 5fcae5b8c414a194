package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;

/** Before a value; white space may come first. */
record ValueFrame(Constraint constraint) implements Frame {
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
            sink.go(this);
            return;
        }
        for (Plan plan : constraint.plans) {
            plan.begin(b, sink);
        }
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(constraint);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof ValueFrame f && f.constraint == constraint;
    }
}
