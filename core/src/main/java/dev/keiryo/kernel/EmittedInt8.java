package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;

/** Panels of INT8. */
final class EmittedInt8 extends PanelCode {
    @Override
    void begin(Assembler a) {}

    @Override
    void part(Assembler a, int part) {
        half(a, SCALE_0, 0);
        half(a, OFFSET_0, 2);
        a.emit(VMULPS, OFFSET_0, OFFSET_0, SCALE_0);
        negate(a, OFFSET_0);
        for (int j = 0; j < 8; j++) {
            a.emit(VMOVDQU32, quant(j), field(4, j));
        }
    }
}
