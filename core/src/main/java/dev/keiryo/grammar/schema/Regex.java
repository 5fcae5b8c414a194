package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.CodePointSet;
import java.util.List;

/** The syntax tree of a regular expression. */
sealed interface Regex {
    Regex EMPTY = new Sequence(List.of());

    /** One character of a set. */
    record One(CodePointSet set) implements Regex {}

    record Sequence(List<Regex> parts) implements Regex {}

    record Choice(List<Regex> options) implements Regex {}

    /** @param most {@link #ENDLESS} for any number */
    record Repeat(Regex part, int least, int most) implements Regex {
        static final int ENDLESS = Integer.MAX_VALUE;
    }

    /** A place between two characters. */
    enum Place implements Regex {
        START,
        END,
        WORD_BORDER,
        NO_WORD_BORDER
    }
}
