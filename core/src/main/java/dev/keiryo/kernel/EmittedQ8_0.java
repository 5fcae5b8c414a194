package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.VMOVUPS;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Operand;
import dev.keiryo.kernel.Activations.Kind;

/** Panels of Q8_0. */
final class EmittedQ8_0 extends PanelCode {
    private final boolean signed;
    private final Operand sign;

    EmittedQ8_0(Assembler a, Kind kind) {
        super(a, 255);
        signed = signed(255, kind);
        sign = repeated(0x80808080);
    }

    @Override
    void part(int part) {
        half(SCALE_0, 0);
        for (int j = 0; j < 8; j++) {
            if (signed) {
                a.emit(VMOVUPS, quant(j), field(2, j));
            } else {
                // Plus 128.
                combine(Simd.XOR, quant(j), field(2, j), sign);
            }
        }
    }
}
