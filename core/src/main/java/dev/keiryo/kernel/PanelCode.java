package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.Simd.AND;
import static dev.keiryo.kernel.Simd.all;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Instruction;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.CodeBook;
import dev.keiryo.tensor.TensorType;

/**
 * How one format's panels come into registers, a lane for each row: what a weight format is to machine code. Panels are
 * laid out as {@link PanelLayout} says; the register rdi points at the current block. Where a vector has fewer lanes than a panel has
 * rows, {@link #take} says which rows are meant.
 *
 * <p>A format's code is made where it is to load its constants, before the first block.
 */
abstract class PanelCode {
    /** Sixteen registers: with AVX-512 those that tokens' sums leave, else all there are. */
    private static final int FIRST = Simd.WIDE ? 16 : 0;

    /** Scales of a part's first and second run; the second only where runs are of 16. */
    static final Vec SCALE_0 = Simd.vec(FIRST + 8);

    static final Vec SCALE_1 = Simd.vec(FIRST + 9);
    /** Offsets of a part's runs. */
    static final Vec OFFSET_0 = Simd.vec(FIRST + 10);

    static final Vec OFFSET_1 = Simd.vec(FIRST + 11);
    /** Free between the parts. */
    static final Vec TEMPORARY = Simd.vec(FIRST + 12);
    /** As well. */
    static final Vec OTHER = Simd.vec(FIRST + 13);

    /** The format's own, set once; all other registers are lost between the parts. */
    private static final Vec OWN_0 = Simd.vec(FIRST + 15);

    private static final Vec OWN_1 = Simd.vec(FIRST + 14);

    private static final Gp W = Gp.RDI;

    final Assembler a;
    private final int largest;
    private final boolean signed;
    private final boolean roomy;
    private int rows;
    private int own;

    /**
     * What all formats' code is told.
     *
     * @param kind of the inputs
     * @param roomy whether products leave the format's own registers to it
     */
    record Setting(Assembler a, Kind kind, boolean roomy) {}

    /** @param largest quant that the format has */
    PanelCode(Setting setting, int largest) {
        this.a = setting.a;
        this.largest = largest;
        this.signed = !Simd.WIDE && !Simd.VNNI && setting.kind == Kind.INT8 && largest > 127;
        this.roomy = setting.roomy;
    }

    static PanelCode of(TensorType type, Setting setting) {
        return switch (type) {
            case Q4_0 -> new EmittedQ4_0(setting);
            case Q4_1 -> new EmittedQ4_1(setting);
            case Q5_0 -> new EmittedQ5_0(setting);
            case Q5_1 -> new EmittedQ5_1(setting);
            case Q8_0 -> new EmittedQ8_0(setting);
            case Q2_K -> new EmittedQ2_K(setting);
            case Q3_K -> new EmittedQ3_K(setting);
            case Q4_K -> new EmittedQ4_K(setting);
            case Q5_K -> new EmittedQ5_K(setting);
            case Q6_K -> new EmittedQ6_K(setting);
            case IQ4_NL -> new EmittedIQ4_NL(setting);
            case IQ4_XS -> new EmittedIQ4_XS(setting);
            case MXFP4 -> new EmittedMXFP4(setting);
            case NF4 -> new EmittedCodeBook(setting, CodeBook.NF4);
            case FP4 -> new EmittedCodeBook(setting, CodeBook.FP4);
            case INT8 -> new EmittedInt8(setting);
            default -> throw new IllegalArgumentException(type.label() + " has no quants");
        };
    }

    /** Leaves part {@code part} of the current block in {@link #quant} and the scales and offsets. */
    abstract void part(int part);

    /**
     * Replaces numbers of values by the values, float32, for a format whose quants are such numbers where inputs are float32.
     *
     * @return false, and nothing is done, where quants are whole numbers themselves
     */
    boolean decode(Vec numbers) {
        return false;
    }

    final int largest() {
        return largest;
    }

    /** Whether quants are left less 128, as signed bytes: AVX2 has no exact product of large unsigned bytes. */
    final boolean signed() {
        return signed;
    }

    /** From here on {@link #part} takes the rows from {@code first} on, as many as there are lanes. */
    final void take(int first) {
        rows = first;
    }

    /** Registers of the format's own that it does not use. */
    final Vec[] unused() {
        return own == 0 ? new Vec[] {OWN_0, OWN_1} : own == 1 ? new Vec[] {OWN_1} : new Vec[] {};
    }

    /** Another register of the format's own. */
    final Vec own() {
        return own++ == 0 ? OWN_0 : OWN_1;
    }

    /** The word in every lane, as an operand: in a register of the format's own where there is room. */
    final Operand repeated(int word) {
        if (!roomy) {
            return all(a, word);
        }
        Vec register = own();
        a.emit(VPBROADCASTD, register, a.constant(word));
        return register;
    }

    /** Register j holds columns 4j to 4j+3 of each row as bytes. */
    static Vec quant(int j) {
        return Simd.vec(FIRST + j);
    }

    /** The field at byte {@code offset} of the rows' blocks, and {@code units} units of 4 bytes further. */
    final Mem field(int offset, int units) {
        return Mem.at(W, Panels.ROWS * (offset + 4 * units) + 4 * rows);
    }

    /** The field at byte {@code offset}, a byte for each row. */
    final Mem byteField(int offset) {
        return Mem.at(W, Panels.ROWS * offset + rows);
    }

    /** The field at byte {@code offset}, two bytes for each row. */
    final Mem halfField(int offset) {
        return Mem.at(W, Panels.ROWS * offset + 2 * rows);
    }

    /** The float16 field at byte {@code offset}. */
    final void half(Vec to, int offset) {
        a.emit(VCVTPH2PS, to, halfField(offset));
    }

    /** What an instruction makes of a field and a {@link #repeated} word, whose order does not matter. */
    final void combine(Instruction instruction, Vec to, Mem field, Operand word) {
        if (word instanceof Vec) {
            a.emit(instruction, to, word, field);
        } else {
            a.emit(VMOVUPS, to, field);
            a.emit(instruction, to, to, word);
        }
    }

    /** {@code to = -to}. */
    final void negate(Vec to) {
        a.emit(Simd.XOR, to, to, all(a, Integer.MIN_VALUE));
    }

    /** A register of the format's own that has the sixteen values plus {@code zero}, bytes, in each of its quarters or halves. */
    final Vec table(int[] values, int zero) {
        int[] words = new int[4];
        for (int i = 0; i < 16; i++) {
            words[i / 4] |= ((values[i] + zero) & 0xff) << (8 * (i % 4));
        }
        Vec to = own();
        a.emit(Simd.WIDE ? VBROADCASTI32X4 : VBROADCASTI128, to, a.constant(words));
        return to;
    }

    /** The 16 bytes at {@code offset}: low nibbles are the columns 0-15, high ones 16-31. {@code mask}: bytes of 15. */
    final void nibbles(int offset, Operand mask) {
        for (int j = 0; j < 4; j++) {
            a.emit(VMOVUPS, quant(4 + j), field(offset, j));
            a.emit(AND, quant(j), quant(4 + j), mask);
            a.emit(VPSRLD, quant(4 + j), quant(4 + j), 4);
            a.emit(AND, quant(4 + j), quant(4 + j), mask);
        }
    }

    /** All quants through a {@link #table}. */
    final void lookUp(Vec table) {
        for (int j = 0; j < 8; j++) {
            a.emit(VPSHUFB, quant(j), table, quant(j));
        }
    }

    /**
     * The 32 bytes at {@code offset}, each shifted right by {@code shift} (left where negative) and masked.
     */
    final void bits(int offset, int shift, Operand mask) {
        for (int j = 0; j < 8; j++) {
            if (shift == 0) {
                combine(AND, quant(j), field(offset, j), mask);
            } else {
                Simd.shifted(a, quant(j), field(offset, j), shift);
                a.emit(AND, quant(j), quant(j), mask);
            }
        }
    }

    /** As {@link #bits}, added to the quants. */
    final void moreBits(int offset, int shift, Operand mask) {
        for (int j = 0; j < 8; j++) {
            Simd.shifted(a, TEMPORARY, field(offset, j), shift);
            Simd.orMasked(a, quant(j), TEMPORARY, mask);
        }
    }

    /**
     * Whole numbers of 1 to 8 bits from each row's 32-bit word: bits {@code [shift, shift + width)} of unit {@code unit}
     * of the field at {@code offset}.
     */
    final void number(Vec to, int offset, int unit, int shift, int width) {
        Simd.shifted(a, to, field(offset, unit), shift);
        if (shift + width < 32) {
            a.emit(AND, to, to, all(a, (1 << width) - 1));
        }
    }

    /** {@code to = factor·to}, to being whole numbers. */
    final void scaled(Vec to, Vec factor) {
        a.emit(VCVTDQ2PS, to, to);
        a.emit(VMULPS, to, to, factor);
    }
}
