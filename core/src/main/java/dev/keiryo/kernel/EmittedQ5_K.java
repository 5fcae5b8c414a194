package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;

/** Panels of Q5_K. */
final class EmittedQ5_K extends PanelCode {
    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
        a.emit(VPBROADCASTD, OWN_1, a.constant(0x10101010));
    }

    @Override
    void part(Assembler a, int part) {
        EmittedQ4_K.scales(a, part);
        bits(a, 48 + part / 2 * 32, part % 2 * 4, OWN_0);
        moreBits(a, 16, part - 4, OWN_1);
    }
}
