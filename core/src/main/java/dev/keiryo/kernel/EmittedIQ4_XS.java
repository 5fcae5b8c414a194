package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;

/** Panels of IQ4_XS. */
final class EmittedIQ4_XS extends PanelCode {
    @Override
    void begin(Assembler a) {
        EmittedIQ4_NL.levels(a);
    }

    @Override
    void part(Assembler a, int part) {
        // Runs are whole parts: the second run's register is free for d.
        half(a, SCALE_1, 0);
        number(a, SCALE_0, 4, 0, 4 * part, 4);
        a.emit(VPMOVZXWD, TEMPORARY, field(2, 0));
        if (part < 2) {
            a.emit(VPSLLD, TEMPORARY, TEMPORARY, 4 - 2 * part);
        } else {
            a.emit(VPSRLD, TEMPORARY, TEMPORARY, 2 * part - 4);
        }
        a.emit(VPTERNLOGD, SCALE_0, TEMPORARY, a.constant(0x30).broadcast(), 0xf8);
        a.emit(VPSUBD, SCALE_0, SCALE_0, a.constant(32).broadcast());
        scaled(a, SCALE_0, SCALE_1);
        nibbles(a, 8 + 16 * part, OWN_0);
        lookUp(a, OWN_1);
    }
}
