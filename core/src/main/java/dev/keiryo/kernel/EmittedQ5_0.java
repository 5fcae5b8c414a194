package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Vec;

/** Panels of Q5_0. */
final class EmittedQ5_0 extends PanelCode {
    @Override
    void begin(Assembler a) {
        a.emit(VPBROADCASTD, OWN_0, a.constant(0x0f0f0f0f));
        fifthBits(a, OWN_1);
    }

    @Override
    void part(Assembler a, int part) {
        half(a, SCALE_0, 0);
        nibbles(a, 6, OWN_0);
        addFifthBits(a, 2, OWN_1);
    }

    /** A table: four bits, to bit 4 of four bytes. */
    static void fifthBits(Assembler a, Vec table) {
        int[] words = new int[16];
        for (int i = 0; i < 16; i++) {
            words[i] = (i & 1) << 4 | (i & 2) << 11 | (i & 4) << 18 | (i & 8) << 25;
        }
        a.emit(VMOVDQU32, table, a.constant(words));
    }

    /** Bit i of the word at {@code offset} is the fifth of quant i. */
    static void addFifthBits(Assembler a, int offset, Vec table) {
        for (int j = 0; j < 8; j++) {
            a.emit(VPSRLD, TEMPORARY, field(offset, 0), 4 * j);
            // Of an index only the low four bits count.
            a.emit(VPERMD, TEMPORARY, TEMPORARY, table);
            a.emit(VPORD, quant(j), quant(j), TEMPORARY);
        }
    }
}
