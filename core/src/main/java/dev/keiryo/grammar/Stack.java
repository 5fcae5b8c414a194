package dev.keiryo.grammar;

import java.util.Arrays;

/**
 * Levels that are being read, innermost first: a frame, and the stacks of which one goes on when it has ended. Stacks with
 * equal frames on top are one stack with several below (a graph-structured stack, Tomita 1985), so that an ambiguous text
 * takes as many stacks as there are frames, not as there are ways to read it. Made by a {@link Machine}, within which equal
 * stacks are the same object.
 */
final class Stack {
    /** Below everything: the text has ended, or, where only a part is looked at, its caller goes on. */
    static final Stack BOTTOM = new Stack(0, Frame.END, new Stack[0]);

    static final Stack[] ON_BOTTOM = {BOTTOM};

    /** In the order in which the machine made them. */
    final int serial;

    final Frame top;
    /** Ascending by serial; empty at the bottom only. */
    final Stack[] below;
    /** Fewest bytes that end all levels. */
    final int shortest;
    /** Whether all levels may end here. */
    final boolean ends;

    private final int hash;

    Stack(int serial, Frame top, Stack[] below) {
        this.serial = serial;
        this.top = top;
        this.below = below;
        int least = below.length == 0 ? 0 : Frame.ENDLESS;
        boolean end = below.length == 0;
        int h = top.hashCode();
        for (Stack s : below) {
            least = Math.min(least, s.shortest);
            end |= s.ends;
            h = 31 * h + s.serial;
        }
        this.shortest = Math.min(Frame.ENDLESS, top.shortest() + least);
        this.ends = top.mayEnd() && end;
        this.hash = h;
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Stack s && s.hash == hash && s.top.equals(top) && same(s.below, below);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    static boolean same(Stack[] a, Stack[] b) {
        if (a.length != b.length) {
            return false;
        }
        for (int i = 0; i < a.length; i++) {
            if (a[i].serial != b[i].serial) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return top + (below.length == 0 ? "" : " < " + Arrays.toString(below));
    }
}
