package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.Simd.AND;
import static dev.keiryo.kernel.Simd.all;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;

/** Panels of Q5_0. */
final class EmittedQ5_0 extends PanelCode {
    private static final int FIFTH = 0x10101010;

    private final Operand mask;
    private final Operand fifth;

    EmittedQ5_0(Setting setting) {
        super(setting, 31);
        mask = repeated(0x0f0f0f0f);
        fifth = fifthBits(this);
    }

    @Override
    void part(int part) {
        half(SCALE_0, 0);
        nibbles(6, mask);
        addFifthBits(this, 2, fifth);
    }

    /** What {@link #addFifthBits} needs: a table, four bits to bit 4 of four bytes, or with eight lanes that bit of all bytes. */
    static Operand fifthBits(PanelCode code) {
        if (!Simd.WIDE) {
            return code.repeated(FIFTH);
        }
        int[] words = new int[16];
        for (int i = 0; i < 16; i++) {
            words[i] = (i & 1) << 4 | (i & 2) << 11 | (i & 4) << 18 | (i & 8) << 25;
        }
        Vec table = code.own();
        code.a.emit(VMOVDQU32, table, code.a.constant(words));
        return table;
    }

    /** Bit i of the word at {@code offset} is the fifth of quant i. */
    static void addFifthBits(PanelCode code, int offset, Operand fifth) {
        Assembler a = code.a;
        if (!Simd.WIDE) {
            a.emit(VMOVUPS, OTHER, code.field(offset, 0));
        }
        for (int j = 0; j < 8; j++) {
            if (Simd.WIDE) {
                a.emit(VPSRLD, TEMPORARY, code.field(offset, 0), 4 * j);
                // Of an index only the low four bits count.
                a.emit(VPERMD, TEMPORARY, TEMPORARY, fifth);
                a.emit(Simd.OR, quant(j), quant(j), TEMPORARY);
            } else {
                // The byte that has them into all four, of which each keeps its own bit; then equal or not is all bits
                // or none.
                a.emit(VPSHUFB, TEMPORARY, OTHER, a.constant(fourTimes(j / 2)));
                Mem own = all(a, 0x08040201 << (4 * (j % 2)));
                a.emit(AND, TEMPORARY, TEMPORARY, own);
                a.emit(VPCMPEQB, TEMPORARY, TEMPORARY, own);
                Simd.orMasked(a, quant(j), TEMPORARY, fifth);
            }
        }
    }

    /** A shuffle of bytes within 128 bits: of each word the byte, four times. */
    private static int[] fourTimes(int which) {
        int[] words = new int[Simd.LANES];
        for (int i = 0; i < words.length; i++) {
            words[i] = 0x01010101 * (4 * (i % 4) + which);
        }
        return words;
    }
}
