package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;

/** Panels of Q4_0. */
final class EmittedQ4_0 extends PanelCode {
    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
    }

    @Override
    void part(Assembler a, int part) {
        half(a, SCALE_0, 0);
        nibbles(a, 2, OWN_0);
    }
}
