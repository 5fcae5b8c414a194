package dev.keiryo.grammar;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@link Frame}s: a nondeterministic pushdown automaton that reads bytes, and a deterministic one where it has been
 * before, since states remember where bytes led. States belong to the machine that made them. Not thread-safe.
 */
public final class Machine {
    private final Map<Stack, Stack> stacks = new HashMap<>();
    private final Map<State, State> states = new HashMap<>();
    private final int remembered;
    private int serial;

    /** One that remembers a few thousand states, for one text after the other. */
    public Machine() {
        this(1 << 12);
    }

    /** @param remembered states that are kept, and so many stacks; beyond, all are forgotten */
    Machine(int remembered) {
        this.remembered = remembered;
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
        Stack[] reached = new Step(this, b).read(state);
        if (reached.length == 0) {
            return State.DEAD;
        }
        State made = new State(reached);
        State known = states.putIfAbsent(made, made);
        return known == null ? made : known;
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
