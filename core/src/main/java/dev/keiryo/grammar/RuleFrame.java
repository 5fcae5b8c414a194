package dev.keiryo.grammar;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Somewhere in a rule of a grammar: at several of its places, where it can be read in several ways. */
final class RuleFrame implements Frame {
    private final Rules rules;
    private final int[] positions;
    private final int shortest;
    private final int hash;
    /** Where bytes lead, as far as known; {@link #NOWHERE} where nowhere. Races only do the same work twice. */
    private final @Nullable Frame[] next = new Frame[256];

    private Frame @Nullable [] calls;

    private static final Frame NOWHERE = new RepeatFrame(END, 0, 0);

    RuleFrame(Rules rules, int[] positions) {
        this.rules = rules;
        this.positions = positions;
        shortest = rules.shortest(positions);
        hash = Arrays.hashCode(positions);
    }

    @Override
    public boolean mayEnd() {
        return shortest == 0; // accepting, or calling what may be empty
    }

    @Override
    public int shortest() {
        return shortest;
    }

    @Override
    public void next(int b, Sink sink) {
        Frame target = next[b];
        if (target == null) {
            Frame found = rules.step(positions, b);
            target = found == null ? NOWHERE : found;
            next[b] = target;
        }
        if (target != NOWHERE) {
            sink.go(target);
        }
        Frame[] known = calls;
        if (known == null) {
            known = rules.calls(positions);
            calls = known;
        }
        for (int i = 0; i < known.length; i += 2) {
            sink.call(known[i], known[i + 1]);
        }
    }

    @Override
    public boolean equals(Object o) {
        return o == this
                || (o instanceof RuleFrame f
                        && f.hash == hash
                        && f.rules.equals(rules)
                        && Arrays.equals(f.positions, positions));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return Arrays.toString(positions);
    }
}
