package dev.keiryo.grammar.schema;

import java.util.List;
import java.util.Set;

/** What a value has to pass and to fail, all of it; equal ones are the same object. */
final class Constraint {
    final Set<Literal> literals;
    /** Ways to read a value, any of which will do. */
    List<Plan> plans = List.of();
    /** Fewest bytes of a value, {@link Plan#NEVER} where there is none; while a schema is compiled, an upper bound. */
    long fewest = Plan.NEVER;

    Constraint(Set<Literal> literals) {
        this.literals = literals;
    }

    boolean possible() {
        return fewest < Plan.NEVER;
    }

    @Override
    public String toString() {
        return literals.toString();
    }
}
