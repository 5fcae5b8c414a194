package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Vec;

/** Panels of Q4_K. */
final class EmittedQ4_K extends PanelCode {
    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
    }

    @Override
    void part(Assembler a, int part) {
        scales(a, part);
        bits(a, 16 + part / 2 * 32, part % 2 * 4, OWN_0);
    }

    /** Scale and offset of part {@code part}, of the twelve bytes at 4 that {@code KScales} describes. */
    static void scales(Assembler a, int part) {
        // Runs are whole parts: the second run's registers are free for d and -dmin.
        half(a, SCALE_1, 0);
        half(a, OFFSET_1, 2);
        negate(a, OFFSET_1);
        if (part < 4) {
            number(a, SCALE_0, 4, 0, 8 * part, 6);
            number(a, OFFSET_0, 4, 1, 8 * part, 6);
        } else {
            int byteAt = 8 * (part - 4);
            sixBits(a, SCALE_0, byteAt, 0);
            sixBits(a, OFFSET_0, byteAt + 4, 1);
        }
        scaled(a, SCALE_0, SCALE_1);
        scaled(a, OFFSET_0, OFFSET_1);
    }

    /** Four bits of the third word at {@code shift}, and above them the top two bits of a byte of word {@code high}. */
    private static void sixBits(Assembler a, Vec to, int shift, int high) {
        number(a, to, 4, 2, shift, 4);
        a.emit(VPSRLD, TEMPORARY, field(4, high), shift / 8 * 8 + 2);
        a.emit(VPTERNLOGD, to, TEMPORARY, a.constant(0x30).broadcast(), 0xf8);
    }
}
