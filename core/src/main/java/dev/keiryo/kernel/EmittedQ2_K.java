package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Vec;

/** Panels of Q2_K. */
final class EmittedQ2_K extends PanelCode {
    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x03030303));
    }

    @Override
    void part(Assembler a, int part) {
        half(a, TEMPORARY, 80);
        scale(a, SCALE_0, 2 * part, 0);
        scale(a, SCALE_1, 2 * part + 1, 0);
        half(a, TEMPORARY, 82);
        negate(a, TEMPORARY);
        scale(a, OFFSET_0, 2 * part, 4);
        scale(a, OFFSET_1, 2 * part + 1, 4);
        bits(a, 16 + part / 4 * 32, part % 4 * 2, OWN_0);
    }

    private static void scale(Assembler a, Vec to, int run, int nibble) {
        number(a, to, 0, run / 4, run % 4 * 8 + nibble, 4);
        scaled(a, to, TEMPORARY);
    }
}
