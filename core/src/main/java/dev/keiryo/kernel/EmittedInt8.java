package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.VMOVUPS;
import static dev.keiryo.assembler.Instruction.VMULPS;
import static dev.keiryo.kernel.Simd.all;

/** Panels of INT8. */
final class EmittedInt8 extends PanelCode {

    EmittedInt8(Setting setting) {
        super(setting, 255);
    }

    @Override
    void part(int part) {
        half(SCALE_0, 0);
        half(OFFSET_0, 2);
        a.emit(VMULPS, OFFSET_0, OFFSET_0, SCALE_0);
        negate(OFFSET_0);
        for (int j = 0; j < 8; j++) {
            a.emit(VMOVUPS, quant(j), field(4, j));
            if (signed()) {
                // Less 128.
                a.emit(Simd.XOR, quant(j), quant(j), all(a, 0x80808080));
            }
        }
    }
}
