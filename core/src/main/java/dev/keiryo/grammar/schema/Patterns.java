package dev.keiryo.grammar.schema;

import java.util.HashMap;
import java.util.Map;

/** Automata of the patterns that a schema names, each made once. */
final class Patterns {
    private final Map<String, Dfa> known = new HashMap<>();

    /**
     * Texts in which {@code pattern} is found.
     *
     * @param values whose keyword has it, for messages
     */
    Dfa pattern(KeywordValues values, String keyword, String pattern) {
        Dfa dfa = known.get(pattern);
        if (dfa == null) {
            try {
                dfa = RegexDfa.of(RegexParser.parse(pattern));
            } catch (RegexParser.Unsupported e) {
                throw values.refused(keyword, String.valueOf(e.getMessage()));
            } catch (Dfa.TooLarge e) {
                throw values.refused(keyword, "it is " + e.getMessage());
            }
            known.put(pattern, dfa);
        }
        return dfa;
    }

    /** Texts in {@code format}. */
    Dfa format(KeywordValues values, String format) {
        Dfa dfa;
        try {
            dfa = Formats.find(format);
        } catch (Dfa.TooLarge | RegexParser.Unsupported e) {
            throw new IllegalStateException(format, e);
        }
        if (dfa == null) {
            throw values.refused("format", "no automaton for " + format + " is known");
        }
        return dfa;
    }
}
