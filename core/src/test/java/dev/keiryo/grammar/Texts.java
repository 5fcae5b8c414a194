package dev.keiryo.grammar;

import java.nio.charset.StandardCharsets;

/** Drives frames through texts. */
final class Texts {
    private Texts() {}

    static State read(Machine machine, State from, byte[] bytes) {
        State state = from;
        for (byte b : bytes) {
            state = machine.next(state, b & 0xFF);
        }
        return state;
    }

    static boolean accepts(Frame language, String text) {
        Machine machine = new Machine();
        return read(machine, machine.start(language), text.getBytes(StandardCharsets.UTF_8))
                .mayEnd();
    }
}
