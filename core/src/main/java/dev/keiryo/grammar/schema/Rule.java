package dev.keiryo.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What one keyword, or a group that depends on each other, asks of a value. Both sides are given: the shapes of what passes
 * and of what fails, so that negation never needs a complement of a whole language.
 */
sealed interface Rule permits Assertion, TypeRule, EnumRule, MemberRules, ItemRules, Applicator, Unevaluated {
    /** For messages. */
    String keyword();

    List<Shape> passes(Kind kind, Scope scope, Compilation c);

    List<Shape> fails(Kind kind, Scope scope, Compilation c);

    /** What of {@code given} passes. */
    default List<Shape> restrict(List<Shape> given, Kind kind, Scope scope, Compilation c) {
        return c.and(given, passes(kind, scope, c));
    }

    /** What passes, apart for all that counts as evaluated in different ways. */
    default List<Branch> branches(Kind kind, Scope scope, Compilation c) {
        return Branch.of(passes(kind, scope, c));
    }

    /** Rules with a lower order are looked at first. */
    default int order() {
        return 0;
    }

    /**
     * A shape together with what has been evaluated where a value has it.
     *
     * @param names members that have been
     * @param prefix so many first items have been
     * @param matched items that pass one of these have been
     */
    record Branch(Shape shape, Set<Names> names, long prefix, Set<Literal> matched) {
        static List<Branch> of(List<Shape> shapes) {
            return of(shapes, Set.of(), 0, Set.of());
        }

        static List<Branch> of(List<Shape> shapes, Set<Names> names, long prefix, Set<Literal> matched) {
            List<Branch> branches = new ArrayList<>(shapes.size());
            for (Shape shape : shapes) {
                branches.add(new Branch(shape, names, prefix, matched));
            }
            return branches;
        }
    }
}
