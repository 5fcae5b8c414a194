package dev.keiryo.kernel;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Label;

/** What is emitted between the constructor and {@link #end} runs as often as the counter says, which counts down to 0. */
final class Loop {
    private final Assembler a;
    private final Gp counter;
    private final Label top;

    /** The counter is set to {@code times}, at least 1. */
    Loop(Assembler a, Gp counter, int times) {
        this(a, load(a, counter, times));
    }

    /** The counter, at least 1, has been set. */
    Loop(Assembler a, Gp counter) {
        this.a = a;
        this.counter = counter;
        this.top = a.label();
        a.align(16);
        a.bind(top);
    }

    private static Gp load(Assembler a, Gp counter, int times) {
        a.mov(counter, times);
        return counter;
    }

    void end() {
        a.dec(counter);
        a.jump(Condition.NE, top);
    }
}
