package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.VPSRAD;

import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;

/** Panels of Q6_K. */
final class EmittedQ6_K extends PanelCode {
    private final Operand low;
    private final Operand high;

    EmittedQ6_K(Setting setting) {
        super(setting, 63);
        low = repeated(0x0f0f0f0f);
        high = repeated(0x30303030);
    }

    @Override
    void part(int part) {
        // There are no offsets: their register is free for d.
        half(OFFSET_0, 208);
        scale(SCALE_0, 2 * part);
        scale(SCALE_1, 2 * part + 1);
        int inHalf = part % 4;
        bits(part / 4 * 64 + inHalf % 2 * 32, inHalf / 2 * 4, low);
        moreBits(128 + part / 4 * 32, 2 * inHalf - 4, high);
    }

    private void scale(Vec to, int run) {
        Simd.shifted(a, to, field(192, run / 4), run % 4 * 8 - 24);
        a.emit(VPSRAD, to, to, 24);
        scaled(to, OFFSET_0);
    }
}
