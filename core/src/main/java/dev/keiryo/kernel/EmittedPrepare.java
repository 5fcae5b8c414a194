package dev.keiryo.kernel;

import static dev.keiryo.assembler.Gp.R10;
import static dev.keiryo.assembler.Gp.R11;
import static dev.keiryo.assembler.Gp.R12;
import static dev.keiryo.assembler.Gp.R13;
import static dev.keiryo.assembler.Gp.R8;
import static dev.keiryo.assembler.Gp.R9;
import static dev.keiryo.assembler.Gp.RAX;
import static dev.keiryo.assembler.Gp.RBX;
import static dev.keiryo.assembler.Gp.RCX;
import static dev.keiryo.assembler.Gp.RDI;
import static dev.keiryo.assembler.Gp.RDX;
import static dev.keiryo.assembler.Gp.RSI;
import static dev.keiryo.assembler.Instruction.VANDPS;
import static dev.keiryo.assembler.Instruction.VBROADCASTSS;
import static dev.keiryo.assembler.Instruction.VCMPPS;
import static dev.keiryo.assembler.Instruction.VCVTDQ2PS;
import static dev.keiryo.assembler.Instruction.VCVTPS2DQ;
import static dev.keiryo.assembler.Instruction.VDIVPS;
import static dev.keiryo.assembler.Instruction.VEXTRACTF128;
import static dev.keiryo.assembler.Instruction.VEXTRACTF64X4;
import static dev.keiryo.assembler.Instruction.VEXTRACTI128;
import static dev.keiryo.assembler.Instruction.VINSERTI128;
import static dev.keiryo.assembler.Instruction.VMAXPS;
import static dev.keiryo.assembler.Instruction.VMINPS;
import static dev.keiryo.assembler.Instruction.VMOVD;
import static dev.keiryo.assembler.Instruction.VMOVDQU;
import static dev.keiryo.assembler.Instruction.VMOVDQU32;
import static dev.keiryo.assembler.Instruction.VMOVSS;
import static dev.keiryo.assembler.Instruction.VMOVUPS;
import static dev.keiryo.assembler.Instruction.VMULPS;
import static dev.keiryo.assembler.Instruction.VPADDD;
import static dev.keiryo.assembler.Instruction.VPANDD;
import static dev.keiryo.assembler.Instruction.VPBROADCASTD;
import static dev.keiryo.assembler.Instruction.VPCMPD;
import static dev.keiryo.assembler.Instruction.VPDPBUSD;
import static dev.keiryo.assembler.Instruction.VPERMILPS;
import static dev.keiryo.assembler.Instruction.VPMOVDB;
import static dev.keiryo.assembler.Instruction.VPMOVDW;
import static dev.keiryo.assembler.Instruction.VPMULLD;
import static dev.keiryo.assembler.Instruction.VPORD;
import static dev.keiryo.assembler.Instruction.VPSHUFD;
import static dev.keiryo.assembler.Instruction.VPSRLD;
import static dev.keiryo.assembler.Instruction.VPXORD;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mask;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;
import dev.keiryo.kernel.Activations.Form;
import dev.keiryo.kernel.Activations.Kind;
import dev.keiryo.tensor.Matrix;
import java.util.Objects;

/**
 * {@link Kernels#prepare} in machine code: the bytes of {@link ScalarMatmul#prepare} for finite numbers. Block by block, and
 * in a block token by token: so the tile is written in order.
 */
final class EmittedPrepare {
    private static final EmittedFunction FLOATS = new EmittedFunction(a -> emit(a, Form.FLOAT32, true));
    private static final EmittedFunction BRIEF = new EmittedFunction(a -> emit(a, Form.BFLOAT16, true));
    /** By length of a run (32, 16), offsets (without, with), whose scale (the block's, one that is there). */
    private static final EmittedFunction[] QUANTS = new EmittedFunction[8];

    static {
        for (int i = 0; i < QUANTS.length; i++) {
            Form form = new Form(Kind.INT8, 0, i < 4 ? 32 : 16, (i & 2) != 0);
            boolean ownScales = (i & 1) == 0;
            QUANTS[i] = new EmittedFunction(a -> emit(a, form, ownScales));
        }
    }

    private static final int LANES = EmittedLoop.LANES;
    private static final int HALF_BYTES = 4 * LANES;
    private static final int LESS = 1;
    private static final int UNORDERED = 3;
    private static final int NOT_EQUAL = 4;
    private static final int ORDERED = 7;
    /** Shuffles of four lanes: halves exchanged, neighbours exchanged. */
    private static final int SWAP_2 = 0x4E;

    private static final int SWAP_1 = 0xB1;

    private static final Mask LOW = new Mask(1);
    private static final Mask HIGH = new Mask(2);
    private static final Mask K = new Mask(3);
    private static final Vec X0 = Vec.zmm(0);
    private static final Vec X1 = Vec.zmm(1);
    private static final Vec T = Vec.zmm(2);
    private static final Vec U = Vec.zmm(3);
    private static final Vec D = Vec.xmm(4);
    private static final Vec INVERSE = Vec.zmm(5);
    private static final Vec SUMS = Vec.ymm(6);
    private static final Vec INDEX = Vec.zmm(16);
    private static final Vec HIGH_INDEX = Vec.zmm(17);
    private static final Vec FACTOR = Vec.xmm(18);
    private static final Vec ZERO = Vec.zmm(19);

    private EmittedPrepare() {}

    static void prepare(Matrix x, Activations out, int from, int to) {
        Objects.checkFromToIndex(from, to, out.tiles());
        if (x.rows() != out.tokens() || x.cols() != out.cols()) {
            throw new IllegalArgumentException(
                    x + " does not fit inputs of [" + out.tokens() + ", " + out.cols() + "]");
        }
        EmittedFunction function = function(out.form(), out.ownScales());
        for (int tile = from; tile < to; tile++) {
            int first = out.first(tile);
            out.writeScales(x, tile);
            function.call(
                    EmittedFunction.address(x, first),
                    out.data().address() + out.offset(tile),
                    out.first(tile + 1) - first,
                    x.cols(),
                    -out.form().zero(),
                    0);
        }
    }

    private static EmittedFunction function(Form form, boolean ownScales) {
        return switch (form.kind()) {
            case FLOAT32 -> FLOATS;
            case BFLOAT16 -> BRIEF;
            case INT8 -> QUANTS[(form.run() == LANES ? 4 : 0) + (form.offset() ? 2 : 0) + (ownScales ? 0 : 1)];
        };
    }

    /** Arguments: the tile's rows of x, the tile, its tokens, columns, what completes a sum of quants. */
    private static void emit(Assembler a, Form form, boolean ownScales) {
        int bytes = form.kind() == Kind.INT8 ? Activations.BLOCK : form.kind().blockBytes();
        int[] index = new int[LANES];
        int[] high = new int[LANES];
        for (int i = 0; i < LANES; i++) {
            index[i] = i;
            high[i] = LANES + i;
        }
        a.push(RBX);
        a.push(R12);
        a.push(R13);
        a.emit(VMOVDQU32, INDEX, a.constant(index));
        a.emit(VMOVDQU32, HIGH_INDEX, a.constant(high));
        a.emit(VPBROADCASTD, FACTOR, R8);
        a.emit(VPXORD, ZERO, ZERO, ZERO);
        a.mov(R10, RCX);
        // RDI points to the first token's numbers of a block, RSI to where they go, R12 and R13 to a token's and its d.
        a.imul(R9, RDX, form.kind().blockBytes());
        a.imul(R11, RDX, bytes);
        Label block = a.label();
        Label token = a.label();
        a.bind(block);
        a.mov(RAX, RDI);
        a.mov(R12, RSI);
        a.lea(R13, Mem.at(RSI, R11, 1));
        a.mov(RBX, RDX);
        a.emit(VPBROADCASTD, T, R10);
        a.emit(VPCMPD, LOW, INDEX, T, LESS);
        a.emit(VPCMPD, HIGH, HIGH_INDEX, T, LESS);
        a.align(32);
        a.bind(token);
        a.zeroing(LOW).emit(VMOVUPS, X0, Mem.at(RAX));
        a.zeroing(HIGH).emit(VMOVUPS, X1, Mem.at(RAX, HALF_BYTES));
        switch (form.kind()) {
            case FLOAT32 -> {
                a.emit(VMOVUPS, Mem.at(R12), X0);
                a.emit(VMOVUPS, Mem.at(R12, HALF_BYTES), X1);
            }
            case BFLOAT16 -> {
                round(a, X0, Mem.at(R12));
                round(a, X1, Mem.at(R12, HALF_BYTES / 2));
            }
            case INT8 -> quantize(a, form, ownScales);
        }
        a.lea(RAX, Mem.at(RAX, RCX, 4));
        a.add(R12, bytes);
        a.add(R13, Float.BYTES);
        a.dec(RBX);
        a.jump(Condition.NE, token);
        a.add(RDI, 2 * HALF_BYTES);
        a.add(RSI, R9);
        a.sub(R10, Activations.BLOCK);
        a.jump(Condition.G, block);
        a.pop(R13);
        a.pop(R12);
        a.pop(RBX);
        a.vzeroupper();
        a.ret();
    }

    /** To the nearest bfloat16, ties to even. The processor's own conversion makes subnormal numbers zeros. */
    private static void round(Assembler a, Vec x, Mem to) {
        a.emit(VPSRLD, T, x, 16);
        a.emit(VPANDD, T, T, a.constant(1).broadcast());
        a.emit(VPADDD, T, T, x);
        a.emit(VPADDD, T, T, a.constant(0x7fff).broadcast());
        a.emit(VCMPPS, K, x, x, UNORDERED);
        a.masked(K).emit(VPORD, T, x, a.constant(1 << 22).broadcast());
        a.emit(VPSRLD, T, T, 16);
        a.emit(VPMOVDW, to, T);
    }

    private static void quantize(Assembler a, Form form, boolean ownScales) {
        Vec narrow = T.withBits(128);
        Vec other = U.withBits(128);
        if (ownScales) {
            measure(a);
        } else {
            a.emit(VBROADCASTSS, D, Mem.at(R13));
        }
        a.emit(VCMPPS, K, D, ZERO.withBits(128), NOT_EQUAL);
        a.emit(VBROADCASTSS, other, a.constant(1f));
        a.zeroing(K).emit(VDIVPS, INVERSE.withBits(128), other, D);
        a.emit(VBROADCASTSS, INVERSE, INVERSE.withBits(128));
        roundToBytes(a, X0, narrow);
        roundToBytes(a, X1, other);
        Vec all = T.withBits(256);
        a.emit(VINSERTI128, all, all, other, 1);
        a.emit(VMOVDQU, Mem.at(R12), all);
        // Sums of four bytes, then of each half's sixteen.
        a.emit(VPXORD, SUMS, SUMS, SUMS);
        a.emit(VPBROADCASTD, U.withBits(256), a.constant(0x01010101));
        a.emit(VPDPBUSD, SUMS, U.withBits(256), all);
        a.emit(VPSHUFD, all, SUMS, SWAP_2);
        a.emit(VPADDD, SUMS, SUMS, all);
        a.emit(VPSHUFD, all, SUMS, SWAP_1);
        a.emit(VPADDD, SUMS, SUMS, all);
        a.emit(VEXTRACTI128, narrow, SUMS, 1);
        Vec first = SUMS.withBits(128);
        if (form.run() == LANES) {
            complete(a, form, narrow);
            a.emit(VMOVD, Mem.at(R13, RDX, 8), narrow);
        } else {
            a.emit(VPADDD, first, first, narrow);
            a.emit(VMOVD, Mem.at(R13, RDX, 8), ZERO.withBits(128));
        }
        complete(a, form, first);
        a.emit(VMOVD, Mem.at(R13, RDX, 4), first);
        a.emit(VMOVSS, Mem.at(R13), D);
    }

    /** {@code d = max|x|/127}. */
    private static void measure(Assembler a) {
        Vec narrow = T.withBits(128);
        Vec other = U.withBits(128);
        a.emit(VANDPS, T, X0, a.constant(Integer.MAX_VALUE).broadcast());
        a.emit(VANDPS, U, X1, a.constant(Integer.MAX_VALUE).broadcast());
        a.emit(VMAXPS, T, T, U);
        a.emit(VEXTRACTF64X4, U.withBits(256), T, 1);
        a.emit(VMAXPS, T.withBits(256), T.withBits(256), U.withBits(256));
        a.emit(VEXTRACTF128, other, T.withBits(256), 1);
        a.emit(VMAXPS, narrow, narrow, other);
        a.emit(VPERMILPS, other, narrow, SWAP_2);
        a.emit(VMAXPS, narrow, narrow, other);
        a.emit(VPERMILPS, other, narrow, SWAP_1);
        a.emit(VMAXPS, narrow, narrow, other);
        a.emit(VDIVPS, D, narrow, a.constant(127f).broadcast());
    }

    /** The sixteen {@code x/d} as bytes: 0 where 1/d is infinite and x is 0, ±127 where it is and x is not. */
    private static void roundToBytes(Assembler a, Vec x, Vec to) {
        a.emit(VMULPS, x, x, INVERSE);
        a.emit(VCMPPS, K, x, x, ORDERED);
        a.emit(VMAXPS, x, x, a.constant(-127f).broadcast());
        a.emit(VMINPS, x, x, a.constant(127f).broadcast());
        a.zeroing(K).emit(VCVTPS2DQ, x, x);
        a.emit(VPMOVDB, to, x);
    }

    private static void complete(Assembler a, Form form, Vec sum) {
        if (form.offset()) {
            a.emit(VCVTDQ2PS, sum, sum);
            a.emit(VMULPS, sum, sum, D);
        } else {
            a.emit(VPMULLD, sum, sum, FACTOR);
        }
    }
}
