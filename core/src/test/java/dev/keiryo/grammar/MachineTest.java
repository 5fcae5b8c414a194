package dev.keiryo.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class MachineTest {
    /** {@code pair ::= "(" pair ("x" | "y")? ")"? | "."}, as ambiguous as it looks, written by hand. */
    private enum Pair implements Frame {
        START(1),
        INSIDE(0);

        private final int shortest;

        Pair(int shortest) {
            this.shortest = shortest;
        }

        @Override
        public boolean mayEnd() {
            return this == INSIDE;
        }

        @Override
        public int shortest() {
            return shortest;
        }

        @Override
        public void next(int b, Sink sink) {
            if (this == START) {
                if (b == '(') {
                    sink.go(new Opened());
                }
                if (b == '.') {
                    sink.go(END);
                }
            } else if (b == 'x' || b == ')') {
                sink.go(b == ')' ? END : INSIDE);
            }
        }

        private record Opened() implements Frame {
            @Override
            public boolean mayEnd() {
                return false;
            }

            @Override
            public int shortest() {
                return 1;
            }

            @Override
            public void next(int b, Sink sink) {
                sink.call(START, INSIDE);
                sink.call(START, END);
            }
        }
    }

    private static State read(Machine machine, Frame start, String text) {
        State state = machine.start(start);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            state = machine.next(state, b & 0xFF);
        }
        return state;
    }

    @Test
    void ambiguityTakesAsManyStacksAsThereAreFrames() {
        Machine machine = new Machine();
        State deep = read(machine, Pair.START, "(".repeat(2000));
        assertEquals(1, deep.stacks.length);
        assertEquals(1, deep.shortest());
        State ended = read(machine, Pair.START, "(".repeat(2000) + ".");
        assertTrue(ended.mayEnd());
        assertFalse(ended.isDead());
        assertTrue(read(machine, Pair.START, "(((.xx)").mayEnd());
        assertTrue(read(machine, Pair.START, "(((.))))").isDead());
    }

    @Test
    void rightRecursionTakesNoRoom() {
        Frame list = new Frame() {
            @Override
            public boolean mayEnd() {
                return true;
            }

            @Override
            public int shortest() {
                return 0;
            }

            @Override
            public void next(int b, Sink sink) {
                Frame self = this;
                if (b == 'a') {
                    sink.go(new Frame() {
                        @Override
                        public boolean mayEnd() {
                            return false;
                        }

                        @Override
                        public int shortest() {
                            return 1;
                        }

                        @Override
                        public void next(int c, Sink out) {
                            if (c == ',') {
                                out.go(self);
                            }
                        }
                    });
                }
            }
        };
        State state = read(new Machine(), list, "a,".repeat(10_000));
        assertEquals(1, state.stacks.length);
        assertEquals(Stack.ON_BOTTOM[0], state.stacks[0].below[0]);
    }

    @Test
    void leftRecursionIsAnError() {
        Frame left = new Frame() {
            @Override
            public boolean mayEnd() {
                return false;
            }

            @Override
            public int shortest() {
                return 1;
            }

            @Override
            public void next(int b, Sink sink) {
                sink.call(this, Pair.START);
                sink.go(END);
            }
        };
        assertThrows(IllegalArgumentException.class, () -> read(new Machine(), left, "a"));
    }
}
