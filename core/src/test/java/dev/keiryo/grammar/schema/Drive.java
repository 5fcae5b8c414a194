package dev.keiryo.grammar.schema;

import dev.keiryo.grammar.Frame;
import dev.keiryo.grammar.Machine;
import dev.keiryo.grammar.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Drives a compiled schema byte by byte. */
final class Drive {
    /** A language without any text. */
    static final Frame NOTHING = new Frame() {
        @Override
        public boolean mayEnd() {
            return false;
        }

        @Override
        public int shortest() {
            return ENDLESS;
        }

        @Override
        public void next(int b, Sink sink) {}
    };

    private final Machine machine = new Machine();
    private final State start;

    Drive(Frame language) {
        start = machine.start(language);
    }

    boolean accepts(String text) {
        State state = start;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            state = machine.next(state, b & 0xFF);
            if (state.isDead()) {
                return false;
            }
        }
        return state.mayEnd();
    }

    /** How far {@code text} is the beginning of a valid one, in bytes. */
    int prefix(String text) {
        State state = start;
        int n = 0;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            state = machine.next(state, b & 0xFF);
            if (state.isDead()) {
                return n;
            }
            n++;
        }
        return n;
    }

    /**
     * A random valid text: {@code wander} random bytes, of those that are allowed, then the shortest way to the end, on
     * which every byte must bring it nearer.
     */
    String walk(Random random, int wander) {
        State state = start;
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        while (true) {
            int shortest = state.shortest();
            if (state.mayEnd() != (shortest == 0)) {
                throw new AssertionError("shortest is " + shortest + " after " + out.toString(StandardCharsets.UTF_8));
            }
            boolean closing = out.size() >= wander;
            if (state.mayEnd() && (closing || random.nextInt(4) == 0)) {
                return out.toString(StandardCharsets.UTF_8);
            }
            List<Integer> bytes = new ArrayList<>();
            List<State> states = new ArrayList<>();
            for (int b = 0; b < 256; b++) {
                State next = machine.next(state, b);
                if (!next.isDead() && (!closing || next.shortest() < shortest)) {
                    bytes.add(b);
                    states.add(next);
                }
            }
            if (bytes.isEmpty()) {
                if (state.mayEnd()) {
                    return out.toString(StandardCharsets.UTF_8);
                }
                throw new AssertionError("a dead end (" + shortest + " bytes to go) after "
                        + out.toString(StandardCharsets.UTF_8) + ", " + state);
            }
            int pick = pick(random, bytes);
            out.write(bytes.get(pick));
            state = states.get(pick);
        }
    }

    /** Structure rather than white space and odd characters. */
    private static int pick(Random random, List<Integer> bytes) {
        for (int tries = 0; tries < 6; tries++) {
            int i = random.nextInt(bytes.size());
            int b = bytes.get(i);
            if (b > ' ' && b < 128) {
                return i;
            }
        }
        return random.nextInt(bytes.size());
    }
}
