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

    /** Characters of white space at one place. */
    final int whitespace;

    Constraint(Set<Literal> literals, int whitespace) {
        this.literals = literals;
        this.whitespace = whitespace;
    }

    boolean possible() {
        return fewest < Plan.NEVER;
    }

    @Override
    public String toString() {
        return literals.toString();
    }
}
