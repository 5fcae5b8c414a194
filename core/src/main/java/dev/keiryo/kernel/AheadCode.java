package dev.keiryo.kernel;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Prefetch;

/**
 * Machine code that asks for memory in equal parts, one in each step of a loop, while something else is computed: neither more nor less
 * than will be read, as what is more takes its time from others.
 */
final class AheadCode {
    private static final int LINE = 64;

    private final Assembler a;
    private final Prefetch level;
    private final Gp at;
    private final int lines;

    /** @param at holds the address, a multiple of 64, and moves on */
    AheadCode(Assembler a, Prefetch level, Gp at, int bytes) {
        this.a = a;
        this.level = level;
        this.at = at;
        this.lines = Math.ceilDiv(bytes, LINE);
    }

    /** Before a loop of {@code steps}: the lines that they leave over. */
    void rest(int steps) {
        ask(lines % steps);
    }

    /** In each step. */
    void step(int steps) {
        ask(lines / steps);
    }

    private void ask(int count) {
        for (int i = 0; i < count; i++) {
            a.prefetch(level, Mem.at(at, LINE * i));
        }
        if (count > 0) {
            a.add(at, LINE * count);
        }
    }
}
