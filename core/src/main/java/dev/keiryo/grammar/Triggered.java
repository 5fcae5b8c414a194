package dev.keiryo.grammar;

import dev.keiryo.grammar.Expression.Bytes;
import dev.keiryo.grammar.Expression.Repeat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Free text in which triggers begin languages: for tool calls, which a text may or may not come to. In each of its
 * {@link State}s, text is free until one of the state's triggers has been read; then comes the trigger's language, and then another
 * state. Control tokens are free text, too, and their names are triggers like any other text.
 */
public final class Triggered {
    /** In place of a state: nothing follows. */
    public static final int NOTHING = -1;

    private static final Expression ANYTHING = new Repeat(new Bytes(0, 255), 0, Expression.UNLIMITED);

    private final List<State> states;
    /** The searches for the triggers of each state, null where a way has none. */
    private final @Nullable Frame[][] searches;
    /** Fewest bytes that end the text from each state on. */
    private final int[] shortest;

    private final @Nullable Frame[] starts;

    /**
     * A way out of free text.
     *
     * @param trigger what leads to it; null where it may be taken at once, in place of free text
     * @param atStart whether the trigger counts only where the state begins
     * @param language what follows the trigger; null where the text may not come to the trigger
     * @param next the state behind the language, or {@link #NOTHING}
     */
    public record Way(
            @Nullable Expression trigger,
            boolean atStart,
            @Nullable Frame language,
            int next) {
        /** {@code language} behind {@code trigger}. */
        public static Way after(Expression trigger, Frame language, int next) {
            return new Way(trigger, false, language, next);
        }

        /** {@code language} at once. */
        public static Way now(Frame language, int next) {
            return new Way(null, true, language, next);
        }

        /** A text without {@code trigger}. */
        public static Way never(Expression trigger) {
            return new Way(trigger, false, null, NOTHING);
        }

        /** The same way, of a trigger that counts only where the state begins. */
        public Way atTheStart() {
            return new Way(trigger, true, language, next);
        }
    }

    /**
     * Free text with ways out.
     *
     * @param free whether text may be free; otherwise, a way without a trigger is taken at once
     * @param mayEnd whether free text may be the end
     */
    public record State(List<Way> ways, boolean free, boolean mayEnd) {
        public State {
            ways = List.copyOf(ways);
        }

        /** Text that may be free to its end. */
        public static State free(List<Way> ways) {
            return new State(ways, true, true);
        }
    }

    private Triggered(List<State> states) {
        this.states = List.copyOf(states);
        starts = new Frame[states.size()];
        searches = new Frame[states.size()][];
        for (int i = 0; i < searches.length; i++) {
            List<Way> ways = this.states.get(i).ways;
            @Nullable Frame[] of = new Frame[ways.size()];
            for (int w = 0; w < of.length; w++) {
                of[w] = search(ways.get(w));
            }
            searches[i] = of;
        }
        shortest = new int[searches.length];
        Arrays.fill(shortest, Frame.ENDLESS);
        for (boolean changed = true; changed; ) {
            changed = false;
            for (int i = 0; i < shortest.length; i++) {
                int least = least(i, searches[i], true);
                changed |= least < shortest[i];
                shortest[i] = Math.min(shortest[i], least);
            }
        }
    }

    private static @Nullable Frame search(Way way) {
        if (way.trigger == null) {
            return null;
        }
        Frame once = way.trigger.compile();
        if (once.mayEnd()) {
            throw new IllegalArgumentException("a trigger must not match the empty text");
        }
        return way.atStart ? once : Expression.sequence(ANYTHING, way.trigger).compile();
    }

    /**
     * Texts that begin in the first of {@code states}.
     *
     * @throws IllegalArgumentException where a trigger matches the empty text, or nothing
     */
    public static Frame of(List<State> states) {
        return new Triggered(states).start(0);
    }

    /** Free text, and {@code then} from where {@code trigger} first matches; errors as for {@link #of(List)}. */
    public static Frame of(Expression trigger, Frame then) {
        return of(List.of(State.free(List.of(Way.after(trigger, then, NOTHING)))));
    }

    private Frame start(int state) {
        Frame known = starts[state];
        if (known == null) {
            List<Frame> all = new ArrayList<>();
            if (states.get(state).free) {
                all.add(new Free(this, state, searches[state]));
            }
            for (Way way : states.get(state).ways) {
                if (way.trigger == null && way.language != null) {
                    all.add(enter(way.language, way.next));
                }
            }
            known = Frame.choice(all);
            starts[state] = known;
        }
        return known;
    }

    private Frame enter(Frame language, int next) {
        if (next == NOTHING) {
            return language;
        }
        return language == Frame.END ? start(next) : new Held(this, language, next);
    }

    /** Fewest bytes after {@code at}, in {@code state}; at its beginning, ways without a trigger count. */
    private int least(int state, @Nullable Frame[] at, boolean beginning) {
        if (states.get(state).free && states.get(state).mayEnd) {
            return 0;
        }
        int least = Frame.ENDLESS;
        List<Way> ways = states.get(state).ways;
        for (int w = 0; w < at.length; w++) {
            Way way = ways.get(w);
            Frame search = at[w];
            if (way.language != null && (search != null || (beginning && way.trigger == null))) {
                int behind = way.next == NOTHING ? 0 : shortest[way.next];
                int before = search == null ? 0 : search.shortest();
                least = Math.min(least, before + Math.min(Frame.ENDLESS / 2, way.language.shortest()) + behind);
            }
        }
        return Math.min(least, Frame.ENDLESS);
    }

    /** Free text, and how far the searches have come; null where one is given up. */
    private static final class Free implements Frame {
        private final Triggered of;
        private final int state;
        private final @Nullable Frame[] at;
        private final int shortest;
        private final int hash;

        Free(Triggered of, int state, @Nullable Frame[] at) {
            this.of = of;
            this.state = state;
            this.at = at;
            shortest = of.least(state, at, false);
            hash = 31 * (31 * System.identityHashCode(of) + state) + Arrays.hashCode(at);
        }

        @Override
        public boolean mayEnd() {
            return of.states.get(state).mayEnd;
        }

        @Override
        public int shortest() {
            return shortest;
        }

        @Override
        public void next(int b, Sink sink) {
            if (b == CONTROL) {
                sink.go(this);
                return;
            }
            List<Way> ways = of.states.get(state).ways;
            @Nullable Frame[] then = new Frame[at.length];
            boolean found = false;
            for (int w = 0; w < at.length; w++) {
                Frame search = at[w];
                Frame further = search == null ? null : step(search, b);
                then[w] = further;
                if (further != null && further.mayEnd()) {
                    if (ways.get(w).language == null) {
                        return;
                    }
                    found = true;
                }
            }
            if (!found) {
                sink.go(new Free(of, state, then));
                return;
            }
            for (int w = 0; w < at.length; w++) {
                Frame further = then[w];
                Frame language = ways.get(w).language;
                if (further != null && further.mayEnd() && language != null) {
                    sink.go(of.enter(language, ways.get(w).next));
                }
            }
        }

        private static @Nullable Frame step(Frame search, int b) {
            @Nullable Frame[] to = new Frame[1];
            search.next(b, new Sink() {
                @Override
                public void go(Frame frame) {
                    to[0] = frame;
                }

                @Override
                public void call(Frame callee, Frame back) {
                    throw new IllegalArgumentException("a trigger must not repeat anything more often than some times");
                }
            });
            return to[0];
        }

        @Override
        public boolean equals(Object o) {
            return o == this
                    || (o instanceof Free f
                            && f.hash == hash
                            && f.of == of
                            && f.state == state
                            && Arrays.equals(f.at, at));
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public String toString() {
            return "free" + state + Arrays.toString(at);
        }
    }

    /** Before the first byte of a language that free text follows. */
    private record Held(Triggered of, Frame language, int next) implements Frame {
        @Override
        public boolean mayEnd() {
            return language.mayEnd() && of.start(next).mayEnd();
        }

        @Override
        public int shortest() {
            return Math.min(ENDLESS, language.shortest() + of.start(next).shortest());
        }

        @Override
        public void next(int b, Sink sink) {
            sink.call(language, of.start(next));
        }
    }
}
