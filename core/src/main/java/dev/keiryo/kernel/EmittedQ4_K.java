package dev.keiryo.kernel;

import static dev.keiryo.kernel.Simd.all;

import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;

/** Panels of Q4_K. */
final class EmittedQ4_K extends PanelCode {
    private final Operand mask;

    EmittedQ4_K(Setting setting) {
        super(setting, 15);
        mask = repeated(0x0f0f0f0f);
    }

    @Override
    void part(int part) {
        scales(this, part);
        bits(16 + part / 2 * 32, part % 2 * 4, mask);
    }

    /** Scale and offset of part {@code part}, of the twelve bytes at 4 that {@code KScales} describes. */
    static void scales(PanelCode code, int part) {
        // Runs are whole parts: the second run's registers are free for d and -dmin.
        code.half(SCALE_1, 0);
        code.half(OFFSET_1, 2);
        code.negate(OFFSET_1);
        if (part < 4) {
            code.number(SCALE_0, 4, 0, 8 * part, 6);
            code.number(OFFSET_0, 4, 1, 8 * part, 6);
        } else {
            int byteAt = 8 * (part - 4);
            sixBits(code, SCALE_0, byteAt, 0);
            sixBits(code, OFFSET_0, byteAt + 4, 1);
        }
        code.scaled(SCALE_0, SCALE_1);
        code.scaled(OFFSET_0, OFFSET_1);
    }

    /** Four bits of the third word at {@code shift}, and above them the top two bits of a byte of word {@code high}. */
    private static void sixBits(PanelCode code, Vec to, int shift, int high) {
        code.number(to, 4, 2, shift, 4);
        Simd.shifted(code.a, TEMPORARY, code.field(4, high), shift / 8 * 8 + 2);
        Simd.orMasked(code.a, to, TEMPORARY, all(code.a, 0x30));
    }
}
