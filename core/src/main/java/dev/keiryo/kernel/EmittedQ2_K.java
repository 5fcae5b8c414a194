package dev.keiryo.kernel;

import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;

/** Panels of Q2_K. */
final class EmittedQ2_K extends PanelCode {
    private final Operand mask;

    EmittedQ2_K(Setting setting) {
        super(setting, 3);
        mask = repeated(0x03030303);
    }

    @Override
    void part(int part) {
        half(TEMPORARY, 80);
        scale(SCALE_0, 2 * part, 0);
        scale(SCALE_1, 2 * part + 1, 0);
        half(TEMPORARY, 82);
        negate(TEMPORARY);
        scale(OFFSET_0, 2 * part, 4);
        scale(OFFSET_1, 2 * part + 1, 4);
        bits(16 + part / 4 * 32, part % 4 * 2, mask);
    }

    private void scale(Vec to, int run, int nibble) {
        number(to, 0, run / 4, run % 4 * 8 + nibble, 4);
        scaled(to, TEMPORARY);
    }
}
