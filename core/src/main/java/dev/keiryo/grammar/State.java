package dev.keiryo.grammar;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where a {@link Machine} is in a text: all stacks that what has been read may have led to. Immutable. */
public final class State {
    private static final String CLOSING = "0,:]}\"";

    /** Nothing can make the text read so far a text of the language. */
    public static final State DEAD = new State(new Stack[0]);

    /** No two have equal tops. */
    final Stack[] stacks;

    private final boolean mayEnd;
    private final int shortest;
    private final int hash;
    /** What {@link #nearer} has found out, and -2 before. */
    private int nearer = -2;

    /** What each byte leads to, as far as a machine has found out; only that machine uses it. */
    @Nullable
    State @Nullable [] next;

    State(Stack[] stacks) {
        this.stacks = stacks;
        boolean end = false;
        int least = Frame.ENDLESS;
        int h = 1;
        for (Stack s : stacks) {
            end |= s.ends;
            least = Math.min(least, s.shortest);
            h = 31 * h + s.serial;
        }
        mayEnd = end;
        shortest = least;
        hash = h;
    }

    public boolean isDead() {
        return stacks.length == 0;
    }

    /** Whether what has been read is a text, and nothing may follow. */
    public boolean isOver() {
        return stacks.length == 1 && stacks[0].below.length == 0;
    }

    /** Whether what has been read is a text of the language. */
    public boolean mayEnd() {
        return mayEnd;
    }

    /** Fewest bytes after which it is one. */
    public int shortest() {
        return shortest;
    }

    /** A byte that {@code machine}, whose state this is, reads towards the shortest ending; -1 where this is none. */
    int nearer(Machine machine) {
        if (nearer == -2) {
            nearer = -1;
            // what closes something, or goes on with it, is most often the way
            for (int i = -CLOSING.length(); i < 256 && nearer < 0; i++) {
                int b = i < 0 ? CLOSING.charAt(-i - 1) : i;
                nearer = machine.next(this, b).shortest() < shortest ? b : -1;
            }
        }
        return nearer;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof State s && s.hash == hash && Stack.same(s.stacks, stacks);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return Arrays.toString(stacks);
    }
}
