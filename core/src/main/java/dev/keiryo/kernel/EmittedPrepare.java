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
import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
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

    private static final int LANES = Simd.LANES;
    /** Vectors of a block. */
    private static final int VECTORS = Activations.BLOCK / LANES;
    /** Of a half of a block. */
    private static final int RUN = 16;

    private static final int NOT_EQUAL = 4;
    private static final int ORDERED = 7;
    /** Shuffles of four lanes: halves exchanged, neighbours exchanged. */
    private static final int SWAP_2 = 0x4E;

    private static final int SWAP_1 = 0xB1;

    private static final Operand K = Simd.mask(1, 11);
    private static final Vec T = Simd.vec(4);
    private static final Vec U = Simd.vec(5);
    private static final Vec D = Vec.xmm(6);
    private static final Vec INVERSE = Simd.vec(7);
    private static final Vec SUMS = Vec.ymm(8);
    private static final Vec FACTOR = Simd.vec(9);
    private static final Vec ZERO = Simd.vec(10);

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
            case INT8 -> QUANTS[(form.run() == RUN ? 4 : 0) + (form.offset() ? 2 : 0) + (ownScales ? 0 : 1)];
        };
    }

    /** Arguments: the tile's rows of x, the tile, its tokens, columns, what completes a sum of quants. */
    private static void emit(Assembler a, Form form, boolean ownScales) {
        int bytes = form.kind() == Kind.INT8 ? Activations.BLOCK : form.kind().blockBytes();
        a.push(RBX);
        a.push(R12);
        a.push(R13);
        Simd.broadcast(a, FACTOR, R8);
        Simd.clear(a, ZERO);
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
        Simd.broadcast(a, T, R10);
        for (int i = 0; i < VECTORS; i++) {
            a.emit(VMOVUPS, U, Simd.counting(a, LANES * i));
            Simd.below(a, columns(i), U, T);
        }
        a.align(32);
        a.bind(token);
        for (int i = 0; i < VECTORS; i++) {
            Simd.load(a, columns(i), x(i), Mem.at(RAX, Simd.BYTES * i));
        }
        switch (form.kind()) {
            case FLOAT32 -> {
                for (int i = 0; i < VECTORS; i++) {
                    a.emit(VMOVUPS, Mem.at(R12, Simd.BYTES * i), x(i));
                }
            }
            case BFLOAT16 -> round(a);
            case INT8 -> quantize(a, form, ownScales);
        }
        a.lea(RAX, Mem.at(RAX, RCX, 4));
        a.add(R12, bytes);
        a.add(R13, Float.BYTES);
        a.dec(RBX);
        a.jump(Condition.NE, token);
        a.add(RDI, Float.BYTES * Activations.BLOCK);
        a.add(RSI, R9);
        a.sub(R10, Activations.BLOCK);
        a.jump(Condition.G, block);
        a.pop(R13);
        a.pop(R12);
        a.pop(RBX);
        a.vzeroupper();
        a.ret();
    }

    /** Numbers of a token's block. */
    private static Vec x(int i) {
        return Simd.vec(i);
    }

    /** Which of them there are. */
    private static Operand columns(int i) {
        return Simd.mask(2 + i, 12 + i);
    }

    /** To the nearest bfloat16, ties to even. The processor's own conversion makes subnormal numbers zeros. */
    private static void round(Assembler a) {
        for (int i = 0; i < VECTORS; i++) {
            Vec x = x(i);
            a.emit(VPSRLD, T, x, 16);
            a.emit(Simd.AND, T, T, Simd.all(a, 1));
            a.emit(VPADDD, T, T, x);
            a.emit(VPADDD, T, T, Simd.all(a, 0x7fff));
            Simd.compare(a, K, x, x, Simd.UNORDERED);
            a.emit(Simd.OR, U, x, Simd.all(a, 1 << 22));
            Simd.choose(a, K, x, T, U);
            a.emit(VPSRLD, x, x, 16);
            if (Simd.WIDE) {
                a.emit(VPMOVDW, Mem.at(R12, Short.BYTES * LANES * i), x);
            } else if (i % 2 == 1) {
                a.emit(VPACKUSDW, x, x(i - 1), x);
                a.emit(VPERMQ, x, x, 0xD8);
                a.emit(VMOVUPS, Mem.at(R12, Short.BYTES * LANES * (i - 1)), x);
            }
        }
    }

    private static void quantize(Assembler a, Form form, boolean ownScales) {
        Vec narrow = T.withBits(128);
        Vec other = U.withBits(128);
        if (ownScales) {
            measure(a);
        } else {
            a.emit(VBROADCASTSS, D, Mem.at(R13));
        }
        Simd.compare(a, K, D, ZERO.withBits(128), NOT_EQUAL);
        a.emit(VBROADCASTSS, other, a.constant(1f));
        Simd.only(a, K, VDIVPS, INVERSE.withBits(128), other, D);
        a.emit(VBROADCASTSS, INVERSE, INVERSE.withBits(128));
        Vec all = T.withBits(256);
        roundToBytes(a, all);
        a.emit(VMOVUPS, Mem.at(R12), all);
        // Sums of four bytes, then of each half's sixteen.
        a.emit(VMOVUPS, SUMS, eight(a, 0x01010101));
        a.emit(VPMADDUBSW, SUMS, SUMS, all);
        a.emit(VPMADDWD, SUMS, SUMS, eight(a, 0x00010001));
        a.emit(VPSHUFD, all, SUMS, SWAP_2);
        a.emit(VPADDD, SUMS, SUMS, all);
        a.emit(VPSHUFD, all, SUMS, SWAP_1);
        a.emit(VPADDD, SUMS, SUMS, all);
        a.emit(VEXTRACTI128, narrow, SUMS, 1);
        Vec first = SUMS.withBits(128);
        if (form.run() == RUN) {
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

    /** Eight times the word. */
    private static Mem eight(Assembler a, int word) {
        return a.constant(word, word, word, word, word, word, word, word);
    }

    /** {@code d = max|x|/127}. */
    private static void measure(Assembler a) {
        a.emit(VANDPS, T, x(0), Simd.all(a, Integer.MAX_VALUE));
        for (int i = 1; i < VECTORS; i++) {
            a.emit(VANDPS, U, x(i), Simd.all(a, Integer.MAX_VALUE));
            a.emit(VMAXPS, T, T, U);
        }
        Vec narrow = T.withBits(128);
        Vec other = U.withBits(128);
        if (Simd.WIDE) {
            a.emit(VEXTRACTF64X4, U.withBits(256), T, 1);
            a.emit(VMAXPS, T.withBits(256), T.withBits(256), U.withBits(256));
        }
        a.emit(VEXTRACTF128, other, T.withBits(256), 1);
        a.emit(VMAXPS, narrow, narrow, other);
        a.emit(VPERMILPS, other, narrow, SWAP_2);
        a.emit(VMAXPS, narrow, narrow, other);
        a.emit(VPERMILPS, other, narrow, SWAP_1);
        a.emit(VMAXPS, narrow, narrow, other);
        a.emit(VDIVPS, D, narrow, Simd.all(a, 127.0));
    }

    /** All {@code x/d} as bytes: 0 where 1/d is infinite and x is 0, ±127 where it is and x is not. */
    private static void roundToBytes(Assembler a, Vec to) {
        for (int i = 0; i < VECTORS; i++) {
            Vec x = x(i);
            a.emit(VMULPS, x, x, INVERSE);
            Simd.compare(a, K, x, x, ORDERED);
            a.emit(VMAXPS, x, x, Simd.all(a, -127.0));
            a.emit(VMINPS, x, x, Simd.all(a, 127.0));
            Simd.only(a, K, VCVTPS2DQ, x, x);
        }
        if (Simd.WIDE) {
            Vec high = x(1).withBits(128);
            a.emit(VPMOVDB, to.withBits(128), x(0));
            a.emit(VPMOVDB, high, x(1));
            a.emit(VINSERTI128, to, to, high, 1);
        } else {
            // What packs works in halves of vectors.
            a.emit(VPACKSSDW, x(0), x(0), x(1));
            a.emit(VPACKSSDW, x(2), x(2), x(3));
            a.emit(VPACKSSWB, x(0), x(0), x(2));
            a.emit(VMOVUPS, to, a.constant(0, 4, 1, 5, 2, 6, 3, 7));
            a.emit(VPERMD, to, to, x(0));
        }
    }

    private static void complete(Assembler a, Form form, Vec sum) {
        if (form.offset()) {
            a.emit(VCVTDQ2PS, sum, sum);
            a.emit(VMULPS, sum, sum, D);
        } else {
            a.emit(VPMULLD, sum, sum, FACTOR.withBits(128));
        }
    }
}
