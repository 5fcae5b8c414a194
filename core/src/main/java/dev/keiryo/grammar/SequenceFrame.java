package dev.keiryo.grammar;

/** {@code first}, then {@code then}. */
final class SequenceFrame implements Frame {
    private final Frame first;
    private final Frame then;
    private final int hash;

    SequenceFrame(Frame first, Frame then) {
        this.first = first;
        this.then = then;
        this.hash = 31 * first.hashCode() + then.hashCode();
    }

    @Override
    public boolean mayEnd() {
        return first.mayEnd() && then.mayEnd();
    }

    @Override
    public int shortest() {
        return Math.min(ENDLESS, first.shortest() + then.shortest());
    }

    @Override
    public void next(int b, Sink sink) {
        sink.call(first, then);
    }

    @Override
    public boolean equals(Object o) {
        return o == this
                || (o instanceof SequenceFrame f && f.hash == hash && f.first.equals(first) && f.then.equals(then));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return first + " " + then;
    }
}
