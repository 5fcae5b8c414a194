package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.AttentionTile.PARTS;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;

/**
 * Machine code for the weights of {@link PageAttention}: {@code (rdi scores, rsi masks, rdx state, rcx sums, r8 rows, r9 the scale's
 * bits)}, at least one row.
 */
final class SoftmaxCode {
    private static final int VECTORS = PAGE / Simd.LANES;
    /** Vectors of a row's sums, to which those of the page go in turn. */
    private static final int SUMS = PARTS / Simd.LANES;

    private static final Vec X = Simd.vec(0);
    private static final Vec T1 = Simd.vec(1);
    private static final Vec T2 = Simd.vec(2);
    private static final Vec BEFORE = Simd.vec(3);
    private static final Vec MAX = Simd.vec(4);
    private static final Vec KEPT = Simd.vec(5);
    private static final int SUM = 6;
    private static final Vec MINUS_INFINITY = Simd.vec(8);
    private static final Vec SCALE = Simd.vec(9);
    private static final Operand SEEN = Simd.mask(1, 10);

    private static final int SWAP_2 = 0x4E;
    private static final int SWAP_1 = 0xB1;

    private final Assembler a;
    private final boolean masked;

    /** @param masked false where rows see all positions: then the masks are not read */
    private SoftmaxCode(Assembler a, boolean masked) {
        this.a = a;
        this.masked = masked;
    }

    /** The function. */
    static byte[] function() {
        Assembler a = Simd.assembler();
        emit(a, true);
        a.vzeroupper();
        a.ret();
        return a.finish();
    }

    /** What the function does; RDI, RSI, RDX, RCX and R8 are lost. */
    static void emit(Assembler a, boolean masked) {
        SoftmaxCode code = new SoftmaxCode(a, masked);
        a.emit(VBROADCASTSS, MINUS_INFINITY, a.constant(Float.NEGATIVE_INFINITY));
        Simd.broadcast(a, SCALE, Gp.R9);
        Loop rows = new Loop(a, Gp.R8);
        code.row();
        rows.end();
    }

    private static Mem score(int j) {
        return Mem.at(Gp.RDI, Simd.BYTES * j);
    }

    private void row() {
        for (int j = 0; j < VECTORS; j++) {
            Vec s = j == 0 ? MAX : X;
            a.emit(VMULPS, s, SCALE, score(j));
            if (masked) {
                Simd.loadMask(a, SEEN, Mem.at(Gp.RSI, Simd.LANES / 8 * j));
                Simd.choose(a, SEEN, s, MINUS_INFINITY, s);
            }
            a.emit(VMOVUPS, score(j), s);
            if (j > 0) {
                a.emit(VMAXPS, MAX, MAX, X);
            }
        }
        greatest();
        a.emit(VBROADCASTSS, BEFORE, Mem.at(Gp.RDX));
        a.emit(VMAXPS, MAX, MAX, BEFORE);
        a.emit(VSUBPS, KEPT, BEFORE, MAX);
        EmittedExp.emit(a, KEPT, T1, T2);
        for (int j = 0; j < VECTORS; j++) {
            Vec sum = Simd.vec(SUM + j % SUMS);
            Vec weight = j < SUMS ? sum : X;
            a.emit(VMOVUPS, weight, score(j));
            a.emit(VSUBPS, weight, weight, MAX);
            EmittedExp.emit(a, weight, T1, T2);
            a.emit(VMOVUPS, score(j), weight);
            if (j >= SUMS) {
                a.emit(VADDPS, sum, sum, weight);
            }
        }
        a.emit(VMOVSS, Mem.at(Gp.RDX), MAX.withBits(128));
        a.emit(VMOVSS, Mem.at(Gp.RDX, 4), KEPT.withBits(128));
        for (int i = 0; i < SUMS; i++) {
            Vec sum = Simd.vec(SUM + i);
            a.emit(VFMADD231PS, sum, KEPT, Mem.at(Gp.RCX, Simd.BYTES * i));
            a.emit(VMOVUPS, Mem.at(Gp.RCX, Simd.BYTES * i), sum);
        }
        a.add(Gp.RDI, 4 * PAGE);
        a.add(Gp.RSI, 8);
        a.add(Gp.RDX, 8);
        a.add(Gp.RCX, 4 * PARTS);
    }

    /** The greatest lane of MAX, in all of them. */
    private void greatest() {
        if (Simd.WIDE) {
            a.emit(VSHUFF32X4, T1, MAX, MAX, SWAP_2);
            a.emit(VMAXPS, MAX, MAX, T1);
            a.emit(VSHUFF32X4, T1, MAX, MAX, SWAP_1);
        } else {
            a.emit(VPERM2F128, T1, MAX, MAX, 1);
        }
        a.emit(VMAXPS, MAX, MAX, T1);
        a.emit(VPERMILPS, T1, MAX, SWAP_2);
        a.emit(VMAXPS, MAX, MAX, T1);
        a.emit(VPERMILPS, T1, MAX, SWAP_1);
        a.emit(VMAXPS, MAX, MAX, T1);
    }
}
