package dev.keiryo.chat;

import dev.keiryo.grammar.Frame;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One way of writing tool calls: how they are read, and what a model is held to when it writes one. What it finds does not depend
 * on how much text has come, only when it finds it.
 */
interface CallSyntax {
    /** What a call begins with; empty where a call is the whole answer. */
    String mark();

    /**
     * Reads a call.
     *
     * @param text begins with the mark
     * @param end whether nothing follows
     * @param tools that there are
     * @return null while more text is needed, which is never so at the end
     */
    @Nullable
    Found find(String text, boolean end, List<Tool> tools);

    /** What must follow the mark, so that {@link #find} finds a valid call: all of the call, and nothing more. */
    Frame language(CallGrammar grammar);

    /** What may follow the mark in place of that, and is a valid call if the answer ends with it; null for nothing. */
    default @Nullable Frame last(CallGrammar grammar) {
        return null;
    }

    /**
     * A call as it was written.
     *
     * @param id empty where the model gave none
     */
    record Written(String id, String name, Map<String, @Nullable Object> arguments) {}

    /**
     * What was found.
     *
     * @param length characters that it takes
     * @param calls may be none
     * @param problem what is wrong with it; empty for nothing
     */
    record Found(int length, List<Written> calls, String problem) {
        static Found calls(int length, List<Written> calls) {
            return new Found(length, calls, "");
        }

        static Found malformed(int length, String problem) {
            return new Found(length, List.of(), problem);
        }

        /** It is no call at all, but something that is said. */
        static Found text() {
            return new Found(0, List.of(), "");
        }
    }
}
