package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;

/** Machine code of {@link LaneSums} that knows nothing of a grid: sums of the weights themselves, and which scale fits better. */
final class LaneFitCode {
    private static final int WIDTH = Simd.LANES;
    private static final Gp MEMORY = Gp.RDI;
    private static final Gp AT = Gp.RAX;

    private final LaneSums memory;
    private final Assembler a;

    LaneFitCode(LaneSums memory, Assembler a) {
        this.memory = memory;
        this.a = a;
    }

    private Mem array(int which, int column) {
        return Mem.at(MEMORY, (int) memory.at(which) + 4 * column);
    }

    void begin(boolean importance) {
        Vec sumW = Simd.vec(0);
        Vec sumX = Simd.vec(1);
        Vec sumXx = Simd.vec(2);
        Vec least = Simd.vec(3);
        Vec most = Simd.vec(4);
        Vec x = Simd.vec(5);
        Vec wx = Simd.vec(6);
        for (int column = 0; column < memory.lanes; column += WIDTH) {
            for (Vec sum : new Vec[] {sumW, sumX, sumXx}) {
                Simd.clear(a, sum);
            }
            a.lea(AT, Mem.at(MEMORY, 4 * column));
            a.emit(VMOVUPS, least, Mem.at(AT));
            a.emit(VMOVUPS, most, least);
            Loop loop = new Loop(a, Gp.RCX, memory.size);
            a.emit(VMOVUPS, x, Mem.at(AT));
            a.emit(VMINPS, least, least, x);
            a.emit(VMAXPS, most, most, x);
            Vec product = x;
            if (importance) {
                product = wx;
                a.emit(VMOVUPS, wx, Mem.at(AT, (int) memory.importanceAt()));
                a.emit(VADDPS, sumW, sumW, wx);
                a.emit(VMULPS, wx, wx, x);
            }
            a.emit(VADDPS, sumX, sumX, product);
            a.emit(VMULPS, wx, product, x);
            a.emit(VADDPS, sumXx, sumXx, wx);
            a.add(AT, 4 * memory.lanes);
            loop.end();
            if (!importance) {
                a.emit(VBROADCASTSS, sumW, a.constant((float) memory.size));
            }
            Vec[] results = {sumW, sumX, sumXx, least, most};
            for (int i = 0; i < results.length; i++) {
                a.emit(VMOVUPS, array(7 + i, column), results[i]);
            }
        }
        a.vzeroupper();
        a.ret();
    }

    void betterWithMinimum() {
        Vec part = Simd.vec(0);
        Vec t = Simd.vec(1);
        Vec mean = Simd.vec(2);
        Vec x = Simd.vec(3);
        Vec xt = Simd.vec(4);
        Vec tt = Simd.vec(5);
        Vec product = Simd.vec(6);
        Vec square = Simd.vec(7);
        Operand larger = Simd.mask(1, 8);
        a.emit(VBROADCASTSS, part, a.constant(1f / memory.size));
        for (int column = 0; column < memory.lanes; column += WIDTH) {
            a.emit(VMOVUPS, t, array(2, column));
            a.emit(VMULPS, mean, t, part);
            a.emit(VMOVUPS, x, array(8, column));
            a.emit(VMULPS, product, x, mean);
            a.emit(VMOVUPS, xt, array(4, column));
            a.emit(VSUBPS, xt, xt, product);
            a.emit(VMULPS, product, t, mean);
            a.emit(VMOVUPS, tt, array(3, column));
            a.emit(VSUBPS, tt, tt, product);
            a.emit(VMULPS, square, xt, xt);
            a.emit(VMULPS, product, tt, array(5, column));
            Simd.compare(a, larger, square, product, Simd.GREATER);
            a.emit(VDIVPS, square, square, tt);
            a.emit(VDIVPS, xt, xt, tt);
            Simd.store(a, larger, array(5, column), square);
            Simd.store(a, larger, array(6, column), xt);
            a.emit(VMULPS, xt, xt, mean);
            a.emit(VMULPS, x, x, part);
            a.emit(VSUBPS, xt, xt, x);
            Simd.store(a, larger, array(12, column), xt);
        }
        a.vzeroupper();
        a.ret();
    }

    void better() {
        Vec xt = Simd.vec(0);
        Vec tt = Simd.vec(1);
        Vec before = Simd.vec(2);
        Vec square = Simd.vec(3);
        Operand larger = Simd.mask(1, 8);
        for (int column = 0; column < memory.lanes; column += WIDTH) {
            a.emit(VMOVUPS, xt, array(4, column));
            a.emit(VMOVUPS, tt, array(3, column));
            a.emit(VMULPS, before, tt, array(5, column));
            a.emit(VMULPS, square, xt, xt);
            Simd.compare(a, larger, square, before, Simd.GREATER);
            a.emit(VDIVPS, square, square, tt);
            a.emit(VDIVPS, xt, xt, tt);
            Simd.store(a, larger, array(5, column), square);
            Simd.store(a, larger, array(6, column), xt);
        }
        a.vzeroupper();
        a.ret();
    }
}
