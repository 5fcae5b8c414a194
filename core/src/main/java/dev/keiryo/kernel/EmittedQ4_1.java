package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;

/** Panels of Q4_1. */
final class EmittedQ4_1 extends PanelCode {
    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
    }

    @Override
    void part(Assembler a, int part) {
        half(a, SCALE_0, 0);
        half(a, OFFSET_0, 2);
        nibbles(a, 4, OWN_0);
    }
}
