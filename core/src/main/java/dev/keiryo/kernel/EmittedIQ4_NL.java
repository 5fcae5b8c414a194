package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.tensor.IQ4_NL;

/** Panels of IQ4_NL. */
final class EmittedIQ4_NL extends PanelCode {
    @Override
    void begin(Assembler a) {
        levels(a);
    }

    @Override
    void part(Assembler a, int part) {
        half(a, SCALE_0, 0);
        nibbles(a, 2, OWN_0);
        lookUp(a, OWN_1);
    }

    static void levels(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
        table(a, OWN_1, IQ4_NL.levels(), 128);
    }
}
