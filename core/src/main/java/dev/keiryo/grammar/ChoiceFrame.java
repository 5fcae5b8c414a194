package dev.keiryo.grammar;

import java.util.List;

/** Any one of several. */
final class ChoiceFrame implements Frame {
    private final List<Frame> options;
    private final boolean ends;
    private final int shortest;
    private final int hash;

    ChoiceFrame(List<Frame> options) {
        this.options = List.copyOf(options);
        boolean end = false;
        int least = ENDLESS;
        for (Frame option : this.options) {
            end |= option.mayEnd();
            least = Math.min(least, option.shortest());
        }
        ends = end;
        shortest = least;
        hash = this.options.hashCode();
    }

    @Override
    public boolean mayEnd() {
        return ends;
    }

    @Override
    public int shortest() {
        return shortest;
    }

    @Override
    public void next(int b, Sink sink) {
        for (Frame option : options) {
            sink.call(option, END);
        }
    }

    @Override
    public boolean equals(Object o) {
        return o == this || (o instanceof ChoiceFrame f && f.hash == hash && f.options.equals(options));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return options.toString();
    }
}
