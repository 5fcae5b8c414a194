package dev.keiryo.grammar.schema;

import java.util.Set;

/** A set of property names. */
sealed interface Names {
    Names ALL = new Outside(Set.of());

    boolean contains(String name, Compilation compilation);

    record One(String name) implements Names {
        @Override
        public boolean contains(String n, Compilation c) {
            return name.equals(n);
        }
    }

    /** Those in a regular language. */
    record Matching(Dfa language) implements Names {
        @Override
        public boolean contains(String n, Compilation c) {
            return language.label(n) != Dfa.NO;
        }
    }

    /** Those that, as strings, are what {@code literal} asks. */
    record Passing(Literal literal) implements Names {
        @Override
        public boolean contains(String n, Compilation c) {
            return c.strings.names(literal).label(n) != Dfa.NO;
        }
    }

    /** Those that are in none of {@code sets}. */
    record Outside(Set<Names> sets) implements Names {
        @Override
        public boolean contains(String n, Compilation c) {
            for (Names set : sets) {
                if (set.contains(n, c)) {
                    return false;
                }
            }
            return true;
        }
    }
}
