package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Vec;

/** Panels of Q6_K. */
final class EmittedQ6_K extends PanelCode {
    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
        a.emit(VPBROADCASTD, OWN_1, a.constant(0x30303030));
    }

    @Override
    void part(Assembler a, int part) {
        // There are no offsets: their register is free for d.
        half(a, OFFSET_0, 208);
        scale(a, SCALE_0, 2 * part);
        scale(a, SCALE_1, 2 * part + 1);
        int inHalf = part % 4;
        bits(a, part / 4 * 64 + inHalf % 2 * 32, inHalf / 2 * 4, OWN_0);
        moreBits(a, 128 + part / 4 * 32, 2 * inHalf - 4, OWN_1);
    }

    private static void scale(Assembler a, Vec to, int run) {
        a.emit(VPSLLD, to, field(192, run / 4), 24 - run % 4 * 8);
        a.emit(VPSRAD, to, to, 24);
        scaled(a, to, OFFSET_0);
    }
}
