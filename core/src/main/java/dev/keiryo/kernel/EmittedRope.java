package dev.keiryo.kernel;

import static dev.keiryo.assembler.Gp.R10;
import static dev.keiryo.assembler.Gp.R11;
import static dev.keiryo.assembler.Gp.R8;
import static dev.keiryo.assembler.Gp.R9;
import static dev.keiryo.assembler.Gp.RAX;
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
import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.model.Rope;
import dev.keiryo.tensor.Matrix;
import java.util.Arrays;

/** Rotary position embedding in machine code, with the roundings of the scalar kernel. */
final class EmittedRope {
    private static final EmittedFunction INTERLEAVED = new EmittedFunction(a -> emit(a, true));
    private static final EmittedFunction HALVES = new EmittedFunction(a -> emit(a, false));

    private static final int LANES = Simd.LANES;
    /** Swaps neighbours. */
    private static final int SWAPPED = 0xB1;

    private static final Operand REST = Simd.mask(1, 15);
    private static final Operand REST_PAIRS = Simd.mask(2, 14);
    private static final Vec A = Simd.vec(0);
    private static final Vec B = Simd.vec(1);
    private static final Vec COS = Simd.vec(2);
    private static final Vec SIN = Simd.vec(3);
    private static final Vec T = Simd.vec(4);
    private static final Vec COUNT = Simd.vec(5);
    /** 0, 1, 2, … */
    private static final Vec INDEX = Simd.vec(6);
    /** 0, 0, 1, 1, … */
    private static final Vec PAIR = Simd.vec(7);

    private EmittedRope() {}

    static void rotate(RopeTable table, int position, Matrix x, Matrix y, int row) {
        table.check(position, x, y, row);
        Rope rope = table.rope();
        (rope.layout() == RopeLayout.INTERLEAVED ? INTERLEAVED : HALVES)
                .call(
                        EmittedFunction.address(x, row),
                        EmittedFunction.address(y, row),
                        table.data().address() + table.offset(position),
                        table.pairs(),
                        rope.headDim(),
                        x.cols() / rope.headDim());
    }

    /** Arguments: x, y, the cosines and sines, the number of pairs, numbers of a head, heads, at least 1. */
    private static void emit(Assembler a, boolean interleaved) {
        int[] pair = new int[LANES];
        Arrays.setAll(pair, i -> i / 2);
        a.emit(VMOVUPS, INDEX, Simd.counting(a, 0));
        a.emit(VMOVUPS, PAIR, a.constant(pair));
        Label head = a.label();
        a.bind(head);
        if (interleaved) {
            interleaved(a);
        } else {
            halves(a);
        }
        copyRest(a);
        a.lea(RDI, Mem.at(RDI, R8, 4));
        a.lea(RSI, Mem.at(RSI, R8, 4));
        a.dec(R9);
        a.jump(Condition.NE, head);
        a.vzeroupper();
        a.ret();
    }

    /** Pairs {@code (i, i + pairs)}, a vector at a time: RAX counts up, R11 is pairs further, R10 are left. */
    private static void halves(Assembler a) {
        Label loop = a.label();
        Label end = a.label();
        a.mov(RAX, 0);
        a.mov(R11, RCX);
        a.mov(R10, RCX);
        a.test(R10, R10);
        a.jump(Condition.E, end);
        a.bind(loop);
        mask(a, REST, INDEX);
        Simd.load(a, REST, A, Mem.at(RDI, RAX, 4));
        Simd.load(a, REST, B, Mem.at(RDI, R11, 4));
        Simd.load(a, REST, COS, Mem.at(RDX, RAX, 4));
        Simd.load(a, REST, SIN, Mem.at(RDX, R11, 4));
        a.emit(VMULPS, T, B, SIN);
        a.emit(VMULPS, B, B, COS);
        a.emit(VMULPS, COS, A, COS);
        a.emit(VSUBPS, COS, COS, T);
        Simd.store(a, REST, Mem.at(RSI, RAX, 4), COS);
        a.emit(VMULPS, A, A, SIN);
        a.emit(VADDPS, A, A, B);
        Simd.store(a, REST, Mem.at(RSI, R11, 4), A);
        a.add(RAX, LANES);
        a.add(R11, LANES);
        a.sub(R10, LANES);
        a.jump(Condition.G, loop);
        a.bind(end);
    }

    /** Pairs {@code (2i, 2i + 1)}, a vector at a time. */
    private static void interleaved(Assembler a) {
        Label loop = a.label();
        Label end = a.label();
        a.mov(RAX, 0);
        a.mov(R11, RCX);
        a.mov(R10, RCX);
        a.test(R10, R10);
        a.jump(Condition.E, end);
        a.bind(loop);
        mask(a, REST, PAIR);
        mask(a, REST_PAIRS, INDEX);
        Simd.load(a, REST, A, Mem.at(RDI, RAX, 8));
        Simd.load(a, REST_PAIRS, COS, Mem.at(RDX, RAX, 4));
        Simd.load(a, REST_PAIRS, SIN, Mem.at(RDX, R11, 4));
        a.emit(VPERMPS, COS, PAIR, COS);
        a.emit(VPERMPS, SIN, PAIR, SIN);
        a.emit(VPERMILPS, B, A, SWAPPED);
        a.emit(VMULPS, A, A, COS);
        a.emit(VMULPS, B, B, SIN);
        // Times 1 is exact: this subtracts and adds in turn.
        a.emit(VFMADDSUB132PS, A, B, Simd.all(a, 1.0));
        Simd.store(a, REST, Mem.at(RSI, RAX, 8), A);
        a.add(RAX, LANES / 2);
        a.add(R11, LANES / 2);
        a.sub(R10, LANES / 2);
        a.jump(Condition.G, loop);
        a.bind(end);
    }

    /** The numbers of a head that do not rotate. */
    private static void copyRest(Assembler a) {
        Label loop = a.label();
        Label end = a.label();
        a.lea(RAX, Mem.at(RCX, RCX, 1));
        a.mov(R10, R8);
        a.sub(R10, RAX);
        a.jump(Condition.E, end);
        a.bind(loop);
        mask(a, REST, INDEX);
        Simd.load(a, REST, A, Mem.at(RDI, RAX, 4));
        Simd.store(a, REST, Mem.at(RSI, RAX, 4), A);
        a.add(RAX, LANES);
        a.sub(R10, LANES);
        a.jump(Condition.G, loop);
        a.bind(end);
    }

    /** {@code k[i] = indices[i] < R10}. */
    private static void mask(Assembler a, Operand k, Vec indices) {
        Simd.broadcast(a, COUNT, R10);
        Simd.below(a, k, indices, COUNT);
    }
}
