package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Vec;

/** Panels of Q3_K. */
final class EmittedQ3_K extends PanelCode {
    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x03030303));
        a.emit(VPBROADCASTD, OWN_1, a.constant(0x04040404));
    }

    @Override
    void part(Assembler a, int part) {
        // There are no offsets: their register is free for d.
        half(a, OFFSET_0, 108);
        scale(a, SCALE_0, 2 * part);
        scale(a, SCALE_1, 2 * part + 1);
        bits(a, 32 + part / 4 * 32, part % 4 * 2, OWN_0);
        moreBits(a, 0, part - 2, OWN_1);
    }

    private static void scale(Assembler a, Vec to, int run) {
        number(a, to, 96, run % 8 / 4, run % 4 * 8 + run / 8 * 4, 4);
        number(a, TEMPORARY, 96, 2, run % 4 * 8 + run / 4 * 2, 2);
        a.emit(VPSLLD, TEMPORARY, TEMPORARY, 4);
        a.emit(VPORD, to, to, TEMPORARY);
        a.emit(VPSUBD, to, to, a.constant(32).broadcast());
        scaled(a, to, OFFSET_0);
    }
}
