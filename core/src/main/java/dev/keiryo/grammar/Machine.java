package dev.keiryo.grammar;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@link Frame}s: a nondeterministic pushdown automaton that reads bytes, and a deterministic one where it has been
 * before, since states remember where bytes led. States belong to the machine that made them. Not thread-safe.
 */
public final class Machine {
    /** Frames that one byte may be shown to: far more than any sane grammar needs, few enough to be quick. */
    private static final int MOST_READERS = 20_000;

    private static final Comparator<Stack> BY_SERIAL = Comparator.comparingInt(s -> s.serial);

    private final Map<Stack, Stack> stacks = new HashMap<>();
    private final Map<State, State> states = new HashMap<>();
    private int serial;

    private final ArrayDeque<Reader> readers = new ArrayDeque<>();
    private final Set<Reader> seen = new HashSet<>();
    private final Map<Frame, Set<Stack>> tops = new LinkedHashMap<>();
    private final int remembered;

    /** One that remembers a few thousand states, for one text after the other. */
    public Machine() {
        this(1 << 12);
    }

    /** @param remembered states that are kept, and so many stacks; beyond, all are forgotten */
    Machine(int remembered) {
        this.remembered = remembered;
    }

    /** A frame that is to read the byte, above one of {@code below}. */
    private record Reader(Frame frame, Stack[] below) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Reader r && r.frame.equals(frame) && Stack.same(r.below, below);
        }

        @Override
        public int hashCode() {
            int h = frame.hashCode();
            for (Stack s : below) {
                h = 31 * h + s.serial;
            }
            return h;
        }
    }

    /** Before the first byte of {@code language}. */
    public State start(Frame language) {
        return new State(new Stack[] {stack(language, Stack.ON_BOTTOM)});
    }

    /**
     * After one more byte, 0 to 255; {@link State#DEAD} where it is not allowed.
     *
     * @throws IllegalArgumentException where the grammar is too ambiguous, or calls itself without reading anything
     */
    public State next(State state, int b) {
        @Nullable State[] next = state.next;
        if (next == null) {
            next = new State[256];
            state.next = next;
        }
        State known = next[b];
        if (known == null) {
            known = read(state, b);
            next[b] = known;
        }
        return known;
    }

    private State read(State state, int b) {
        readers.clear();
        seen.clear();
        tops.clear();
        for (Stack s : state.stacks) {
            show(s.top, s.below);
        }
        while (!readers.isEmpty()) {
            Reader reader = readers.remove();
            if (seen.size() > MOST_READERS) {
                throw new IllegalArgumentException("after this text, the grammar can be read in more than "
                        + MOST_READERS + " ways: it is too ambiguous, or a rule begins with itself; rewrite it");
            }
            reader.frame.next(b, new Frame.Sink() {
                @Override
                public void go(Frame frame) {
                    if (frame == Frame.END) {
                        for (Stack s : reader.below) {
                            reach(s.top, s.below);
                        }
                    } else {
                        reach(frame, reader.below);
                    }
                }

                @Override
                public void call(Frame callee, Frame back) {
                    show(callee, back == Frame.END ? reader.below : new Stack[] {stack(back, reader.below)});
                }
            });
            if (reader.frame.mayEnd()) {
                for (Stack s : reader.below) {
                    show(s.top, s.below);
                }
            }
        }
        return collect();
    }

    private void show(Frame frame, Stack[] below) {
        Reader reader = new Reader(frame, below);
        if (seen.add(reader)) {
            readers.add(reader);
        }
    }

    private void reach(Frame frame, Stack[] below) {
        Collections.addAll(tops.computeIfAbsent(frame, f -> new LinkedHashSet<>()), below);
    }

    private State collect() {
        if (tops.isEmpty()) {
            return State.DEAD;
        }
        Stack[] reached = new Stack[tops.size()];
        int n = 0;
        for (Map.Entry<Frame, Set<Stack>> top : tops.entrySet()) {
            if (top.getKey() == Frame.END) {
                reached[n++] = Stack.BOTTOM;
                continue;
            }
            Stack[] below = top.getValue().toArray(Stack[]::new);
            Arrays.sort(below, BY_SERIAL);
            reached[n++] = stack(top.getKey(), below);
        }
        Arrays.sort(reached, BY_SERIAL);
        State state = new State(reached);
        State known = states.putIfAbsent(state, state);
        return known == null ? state : known;
    }

    /** One level more. */
    Stack stack(Frame top, Stack[] below) {
        if (stacks.size() > remembered || states.size() > remembered) {
            // serials go on: what is forgotten can never be taken for something new
            stacks.clear();
            states.clear();
        }
        Stack stack = new Stack(serial + 1, top, below);
        Stack known = stacks.putIfAbsent(stack, stack);
        if (known == null) {
            serial++;
            return stack;
        }
        return known;
    }
}
