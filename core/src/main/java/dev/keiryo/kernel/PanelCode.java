package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.CodeBook;
import dev.keiryo.tensor.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * How one format's panels come into registers, a lane for each row: what a weight format is to machine code. Panels are
 * laid out as {@link PanelLayout} says; the register rdi points at the current block.
 */
abstract class PanelCode {
    /** Quants of a part: register j holds columns 4j to 4j+3 of each row as bytes. */
    static final int QUANTS = 16;
    /** Scales of a part's first and second run; the second only where runs are of 16. */
    static final Vec SCALE_0 = Vec.zmm(24);

    static final Vec SCALE_1 = Vec.zmm(25);
    /** Offsets of a part's runs. */
    static final Vec OFFSET_0 = Vec.zmm(26);

    static final Vec OFFSET_1 = Vec.zmm(27);
    /** Free between the parts. */
    static final Vec TEMPORARY = Vec.zmm(28);

    /** The format's own, set once by {@link #begin}; all other registers are lost between the parts. */
    static final Vec OWN_0 = Vec.zmm(30);

    static final Vec OWN_1 = Vec.zmm(31);

    private static final Gp W = Gp.RDI;

    static PanelCode of(TensorType type, Kind kind) {
        return switch (type) {
            case Q4_0 -> new EmittedQ4_0();
            case Q4_1 -> new EmittedQ4_1();
            case Q5_0 -> new EmittedQ5_0();
            case Q5_1 -> new EmittedQ5_1();
            case Q8_0 -> new EmittedQ8_0();
            case Q2_K -> new EmittedQ2_K();
            case Q3_K -> new EmittedQ3_K();
            case Q4_K -> new EmittedQ4_K();
            case Q5_K -> new EmittedQ5_K();
            case Q6_K -> new EmittedQ6_K();
            case IQ4_NL -> new EmittedIQ4_NL();
            case IQ4_XS -> new EmittedIQ4_XS();
            case MXFP4 -> new EmittedMXFP4();
            case NF4 -> new EmittedCodeBook(CodeBook.NF4, kind);
            case FP4 -> new EmittedCodeBook(CodeBook.FP4, kind);
            case INT8 -> new EmittedInt8();
            default -> throw new IllegalArgumentException(type.label() + " has no quants");
        };
    }

    /** Loads constants, before the first block. */
    abstract void begin(Assembler a);

    /** Leaves part {@code part} of the current block in {@link #QUANTS} and the scales and offsets. */
    abstract void part(Assembler a, int part);

    /** Sixteen float32 values that {@link #part}'s quants are numbers of; null where quants are whole numbers themselves. */
    @Nullable
    Vec values() {
        return null;
    }

    static Vec quant(int j) {
        return Vec.zmm(QUANTS + j);
    }

    /** The field at byte {@code offset} of the rows' blocks, and {@code units} units of 4 bytes further. */
    static Mem field(int offset, int units) {
        return Mem.at(W, Panels.ROWS * (offset + 4 * units));
    }

    /** The float16 field at byte {@code offset}. */
    static void half(Assembler a, Vec to, int offset) {
        a.emit(VCVTPH2PS, to, field(offset, 0));
    }

    /** {@code to = -to}. */
    static void negate(Assembler a, Vec to) {
        a.emit(VPXORD, to, to, a.constant(Integer.MIN_VALUE).broadcast());
    }

    /** Loads sixteen bytes' worth of table into each quarter of {@code to}. */
    static void table(Assembler a, Vec to, int[] values, int zero) {
        int[] words = new int[4];
        for (int i = 0; i < 16; i++) {
            words[i / 4] |= ((values[i] + zero) & 0xff) << (8 * (i % 4));
        }
        a.emit(VBROADCASTI32X4, to, a.constant(words));
    }

    /** The 16 bytes at {@code offset}: low nibbles are the columns 0-15, high ones 16-31. {@code mask}: bytes of 15. */
    static void nibbles(Assembler a, int offset, Vec mask) {
        for (int j = 0; j < 4; j++) {
            a.emit(VMOVDQU32, quant(4 + j), field(offset, j));
            a.emit(VPANDD, quant(j), quant(4 + j), mask);
            a.emit(VPSRLD, quant(4 + j), quant(4 + j), 4);
            a.emit(VPANDD, quant(4 + j), quant(4 + j), mask);
        }
    }

    /** All quants through a {@link #table}. */
    static void lookUp(Assembler a, Vec table) {
        for (int j = 0; j < 8; j++) {
            a.emit(VPSHUFB, quant(j), table, quant(j));
        }
    }

    /**
     * The 32 bytes at {@code offset}, each shifted right by {@code shift} (left where negative) and masked.
     */
    static void bits(Assembler a, int offset, int shift, Vec mask) {
        for (int j = 0; j < 8; j++) {
            if (shift == 0) {
                a.emit(VPANDD, quant(j), mask, field(offset, j));
            } else {
                a.emit(shift > 0 ? VPSRLD : VPSLLD, quant(j), field(offset, j), Math.abs(shift));
                a.emit(VPANDD, quant(j), quant(j), mask);
            }
        }
    }

    /** As {@link #bits}, added to the quants. */
    static void moreBits(Assembler a, int offset, int shift, Vec mask) {
        for (int j = 0; j < 8; j++) {
            if (shift == 0) {
                a.emit(VMOVDQU32, TEMPORARY, field(offset, j));
            } else {
                a.emit(shift > 0 ? VPSRLD : VPSLLD, TEMPORARY, field(offset, j), Math.abs(shift));
            }
            // quant | (bits & mask)
            a.emit(VPTERNLOGD, quant(j), TEMPORARY, mask, 0xf8);
        }
    }

    /**
     * Whole numbers of 1 to 8 bits from each row's 32-bit word: bits {@code [shift, shift + width)} of unit {@code unit}
     * of the field at {@code offset}.
     */
    static void number(Assembler a, Vec to, int offset, int unit, int shift, int width) {
        if (shift == 0) {
            a.emit(VMOVDQU32, to, field(offset, unit));
        } else {
            a.emit(VPSRLD, to, field(offset, unit), shift);
        }
        if (shift + width < 32) {
            a.emit(VPANDD, to, to, a.constant((1 << width) - 1).broadcast());
        }
    }

    /** {@code to = factor·to}, to being whole numbers. */
    static void scaled(Assembler a, Vec to, Vec factor) {
        a.emit(VCVTDQ2PS, to, to);
        a.emit(VMULPS, to, to, factor);
    }
}
