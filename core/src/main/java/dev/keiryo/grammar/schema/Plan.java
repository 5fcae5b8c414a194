package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import java.util.List;

/** How values of a shape are read. */
interface Plan {
    /** No text is that long. */
    long NEVER = Long.MAX_VALUE / 4;

    /** What values inside may have to be. */
    List<Constraint> children();

    /** Fewest bytes of a value, as far as those of the children are known. */
    long fewest();

    /** Tells {@code sink} where the first byte of a value leads. */
    void begin(int b, Frame.Sink sink);

    /** For {@link Frame#shortest}. */
    static int clamp(long bytes) {
        return (int) Math.min(bytes, Frame.ENDLESS);
    }

    /** A sum that never overflows. */
    static long plus(long a, long b) {
        return Math.min(NEVER, a + b);
    }
}
