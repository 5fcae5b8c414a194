package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.VMOVUPS;

import dev.keiryo.assembler.Operand;

/** Panels of Q8_0. */
final class EmittedQ8_0 extends PanelCode {
    private final Operand sign;

    EmittedQ8_0(Setting setting) {
        super(setting, 255);
        sign = repeated(0x80808080);
    }

    @Override
    void part(int part) {
        half(SCALE_0, 0);
        for (int j = 0; j < 8; j++) {
            if (signed()) {
                a.emit(VMOVUPS, quant(j), field(2, j));
            } else {
                // Plus 128.
                combine(Simd.XOR, quant(j), field(2, j), sign);
            }
        }
    }
}
