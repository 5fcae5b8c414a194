package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;

/** Panels of Q8_0. */
final class EmittedQ8_0 extends PanelCode {
    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x80808080));
    }

    @Override
    void part(Assembler a, int part) {
        half(a, SCALE_0, 0);
        for (int j = 0; j < 8; j++) {
            // Plus 128.
            a.emit(VPXORD, quant(j), OWN_0, field(2, j));
        }
    }
}
