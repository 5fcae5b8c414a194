package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.AttentionTile.PAGE;
import static dev.keiryo.kernel.AttentionTile.PARTS;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mask;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;

/**
 * Machine code for the weights of {@link PageAttention}, AVX-512: {@code (rdi scores, rsi masks, rdx state, rcx sums, r8 rows, r9
 * the scale's bits)}, at least one row.
 *
 * <p>{@code eˣ = 2ⁿ·eʳ} with {@code n = x/ln 2} to the nearest and {@code |r| ≤ ln(2)/2}, for which the Taylor polynomial of degree
 * 7 is used: within two units in the last place, 1 at 0, and 0 below -103.98.
 */
final class SoftmaxCode {
    private static final int VECTORS = PAGE / 16;
    private static final Vec LEAST = Vec.zmm(16);
    private static final Vec LOG2_E = Vec.zmm(17);
    private static final Vec LN_2 = Vec.zmm(18);
    private static final Vec LN_2_REST = Vec.zmm(19);
    /** 1/7!, 1/6!, … 1/0!. */
    private static final int TAYLOR = 20;

    private static final int DEGREE = 7;
    private static final Vec MINUS_INFINITY = Vec.zmm(28);
    private static final Vec SCALE = Vec.zmm(29);
    private static final Vec BEFORE = Vec.zmm(30);
    private static final Vec MAX = Vec.zmm(31);

    private final Assembler a = new Assembler();

    private SoftmaxCode() {}

    static byte[] emit() {
        SoftmaxCode code = new SoftmaxCode();
        code.constants();
        Loop rows = new Loop(code.a, Gp.R8);
        code.row();
        rows.end();
        code.a.vzeroupper();
        code.a.ret();
        return code.a.finish();
    }

    private void constants() {
        constant(LEAST, -104);
        constant(LOG2_E, 1 / Math.log(2));
        constant(LN_2, Math.log(2));
        constant(LN_2_REST, Math.log(2) - (float) Math.log(2));
        double factorial = 1;
        for (int i = 0; i <= DEGREE; i++) {
            factorial *= Math.max(i, 1);
            constant(Vec.zmm(TAYLOR + DEGREE - i), 1 / factorial);
        }
        constant(MINUS_INFINITY, Double.NEGATIVE_INFINITY);
        a.emit(VPBROADCASTD, SCALE, Gp.R9);
    }

    private void constant(Vec to, double value) {
        a.emit(VBROADCASTSS, to, a.constant((float) value));
    }

    private void row() {
        Vec max = Vec.zmm(5);
        Vec other = Vec.zmm(6);
        for (int j = 0; j < VECTORS; j++) {
            Vec s = Vec.zmm(j);
            Mask seen = new Mask(1 + j);
            a.emit(KMOVW, seen, Mem.at(Gp.RSI, 2 * j));
            a.emit(VMULPS, s, SCALE, Mem.at(Gp.RDI, 64 * j));
            a.masked(seen).emit(VBLENDMPS, s, MINUS_INFINITY, s);
        }
        a.emit(VBROADCASTSS, BEFORE, Mem.at(Gp.RDX));
        a.emit(VMAXPS, max, Vec.zmm(0), Vec.zmm(1));
        a.emit(VMAXPS, other, Vec.zmm(2), Vec.zmm(3));
        a.emit(VMAXPS, max, max, other);
        a.emit(VSHUFF32X4, other, max, max, 0x4E);
        a.emit(VMAXPS, max, max, other);
        a.emit(VSHUFF32X4, other, max, max, 0xB1);
        a.emit(VMAXPS, max, max, other);
        a.emit(VPERMILPS, other, max, 0x4E);
        a.emit(VMAXPS, max, max, other);
        a.emit(VPERMILPS, other, max, 0xB1);
        a.emit(VMAXPS, max, max, other);
        a.emit(VMAXPS, MAX, max, BEFORE);
        for (int j = 0; j < VECTORS; j++) {
            a.emit(VSUBPS, Vec.zmm(j), Vec.zmm(j), MAX);
        }
        Vec kept = Vec.zmm(VECTORS);
        a.emit(VSUBPS, kept, BEFORE, MAX);
        exponentials(VECTORS + 1);
        for (int j = 0; j < VECTORS; j++) {
            a.emit(VMOVUPS, Mem.at(Gp.RDI, 64 * j), Vec.zmm(j));
        }
        a.emit(VMOVSS, Mem.at(Gp.RDX), MAX.withBits(128));
        a.emit(VMOVSS, Mem.at(Gp.RDX, 4), kept.withBits(128));
        a.emit(VADDPS, Vec.zmm(0), Vec.zmm(0), Vec.zmm(1));
        a.emit(VADDPS, Vec.zmm(2), Vec.zmm(2), Vec.zmm(3));
        a.emit(VADDPS, Vec.zmm(0), Vec.zmm(0), Vec.zmm(2));
        a.emit(VFMADD231PS, Vec.zmm(0), kept, Mem.at(Gp.RCX));
        a.emit(VMOVUPS, Mem.at(Gp.RCX), Vec.zmm(0));
        a.add(Gp.RDI, 4 * PAGE);
        a.add(Gp.RSI, 8);
        a.add(Gp.RDX, 8);
        a.add(Gp.RCX, 4 * PARTS);
    }

    /** Of the registers below {@code count}, using as many behind them twice over. */
    private void exponentials(int count) {
        for (int j = 0; j < count; j++) {
            Vec x = Vec.zmm(j);
            Vec n = Vec.zmm(count + j);
            Vec p = Vec.zmm(2 * count + j);
            // In this order, as NaN stays NaN then.
            a.emit(VMAXPS, x, LEAST, x);
            a.emit(VMULPS, n, x, LOG2_E);
            a.emit(VRNDSCALEPS, n, n, 8);
            a.emit(VFNMADD231PS, x, n, LN_2);
            a.emit(VFNMADD231PS, x, n, LN_2_REST);
            a.emit(VMOVAPS, p, Vec.zmm(TAYLOR));
        }
        for (int i = 1; i <= DEGREE; i++) {
            for (int j = 0; j < count; j++) {
                a.emit(VFMADD213PS, Vec.zmm(2 * count + j), Vec.zmm(j), Vec.zmm(TAYLOR + i));
            }
        }
        for (int j = 0; j < count; j++) {
            a.emit(VSCALEFPS, Vec.zmm(j), Vec.zmm(2 * count + j), Vec.zmm(count + j));
        }
    }
}
