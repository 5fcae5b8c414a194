package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.VPSLLD;
import static dev.keiryo.assembler.Instruction.VPSUBD;
import static dev.keiryo.kernel.Simd.all;

import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;

/** Panels of Q3_K. */
final class EmittedQ3_K extends PanelCode {
    private final Operand low;
    private final Operand high;

    EmittedQ3_K(Setting setting) {
        super(setting, 7);
        low = repeated(0x03030303);
        high = repeated(0x04040404);
    }

    @Override
    void part(int part) {
        // There are no offsets: their register is free for d.
        half(OFFSET_0, 108);
        scale(SCALE_0, 2 * part);
        scale(SCALE_1, 2 * part + 1);
        bits(32 + part / 4 * 32, part % 4 * 2, low);
        moreBits(0, part - 2, high);
    }

    private void scale(Vec to, int run) {
        number(to, 96, run % 8 / 4, run % 4 * 8 + run / 8 * 4, 4);
        number(TEMPORARY, 96, 2, run % 4 * 8 + run / 4 * 2, 2);
        a.emit(VPSLLD, TEMPORARY, TEMPORARY, 4);
        a.emit(Simd.OR, to, to, TEMPORARY);
        a.emit(VPSUBD, to, to, all(a, 32));
        scaled(to, OFFSET_0);
    }
}
