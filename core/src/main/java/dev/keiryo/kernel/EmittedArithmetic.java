package dev.keiryo.kernel;

import static dev.keiryo.assembler.Gp.R9;
import static dev.keiryo.assembler.Gp.RAX;
import static dev.keiryo.assembler.Gp.RCX;
import static dev.keiryo.assembler.Gp.RDI;
import static dev.keiryo.assembler.Gp.RDX;
import static dev.keiryo.assembler.Gp.RSI;
import static dev.keiryo.assembler.Instruction.*;
import static dev.keiryo.kernel.EmittedLoop.S;
import static dev.keiryo.kernel.EmittedLoop.X;
import static dev.keiryo.kernel.EmittedLoop.Z;
import static dev.keiryo.kernel.Simd.all;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Condition;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;

/** Sums, factors and bounds in machine code, with the roundings of the scalar kernels. */
final class EmittedArithmetic {
    /** {@code y = x + s·z}. */
    static final EmittedFunction ADD_SCALED = new EmittedFunction(a -> EmittedLoop.emit(a, true, b -> {
        b.emit(VMULPS, Z, Z, S);
        b.emit(VADDPS, X, X, Z);
    }));

    /** {@code y = s·x}. */
    static final EmittedFunction SCALE =
            new EmittedFunction(a -> EmittedLoop.emit(a, false, b -> b.emit(VMULPS, X, X, S)));

    /** {@code y = min(max(x, -s), s)}. */
    static final EmittedFunction CLAMP = new EmittedFunction(a -> EmittedLoop.emit(a, false, EmittedArithmetic::clamp));

    /** {@code y = s·tanh(x / s)}. */
    static final EmittedFunction SOFTCAP = new EmittedFunction(a -> EmittedLoop.emit(a, false, b -> {
        b.emit(VDIVPS, X, X, S);
        tanh(b);
        b.emit(VMULPS, X, X, S);
    }));

    /** {@code y = c·tanh(s·x / c)}, c being the sixth argument. */
    static final EmittedFunction SCALE_SOFTCAP = new EmittedFunction(a -> EmittedLoop.emit(a, false, b -> {
        b.emit(VMULPS, X, X, S);
        Simd.broadcast(b, Z, R9);
        b.emit(VDIVPS, X, X, Z);
        tanh(b);
        b.emit(VMULPS, X, X, Z);
    }));

    private static final EmittedFunction DIVIDE = new EmittedFunction(EmittedArithmetic::emitDivide);

    private static final Vec T1 = Simd.vec(3);
    private static final Vec T2 = Simd.vec(4);
    private static final Vec T3 = Simd.vec(5);
    private static final Operand SMALL = Simd.mask(2, 7);

    private EmittedArithmetic() {}

    /** {@code y[i] = x[i] / s + 0} for i below n, given as addresses; whether all of y are finite. */
    static boolean divide(long x, long y, int n, float s) {
        return DIVIDE.callLong(x, y, n, Float.floatToRawIntBits(s), 0, 0) == 0;
    }

    /** Numbers that are not finite times 0 are NaN, which stays in a sum. */
    private static void emitDivide(Assembler a) {
        Label loop = a.label();
        Vec zero = T1;
        Vec check = T2;
        Operand mask = Simd.mask(1, 15);
        Simd.broadcast(a, S, RCX);
        a.emit(VXORPS, zero, zero, zero);
        a.emit(VXORPS, check, check, check);
        a.bind(loop);
        Simd.below(a, mask, RDX, T3, Z);
        Simd.load(a, mask, X, Mem.at(RDI));
        a.emit(VDIVPS, X, X, S);
        a.emit(VADDPS, X, X, zero);
        Simd.store(a, mask, Mem.at(RSI), X);
        Simd.choose(a, mask, X, zero, X);
        a.emit(VFMADD231PS, check, X, zero);
        a.add(RDI, Simd.BYTES);
        a.add(RSI, Simd.BYTES);
        a.sub(RDX, Simd.LANES);
        a.jump(Condition.G, loop);
        Simd.compare(a, mask, check, check, Simd.UNORDERED);
        Simd.bits(a, RAX, mask);
        a.vzeroupper();
        a.ret();
    }

    private static void clamp(Assembler a) {
        // x as the last operand is what comes out where it is NaN.
        a.emit(VXORPS, T1, S, all(a, -0.0));
        a.emit(VMAXPS, X, T1, X);
        a.emit(VMINPS, X, S, X);
    }

    /**
     * {@code tanh x} in X: the Taylor polynomial of degree 9 below 1/4, where {@code (1 - e)/(1 + e)},
     * {@code e = exp(-2|x|)}, would cancel.
     */
    static void tanh(Assembler a) {
        Vec one = Simd.vec(6);
        a.emit(VORPS, T1, X, all(a, -0.0));
        a.emit(VADDPS, T1, T1, T1);
        EmittedExp.emit(a, T1, T2, T3);
        a.emit(VBROADCASTSS, one, a.constant(1f));
        a.emit(VADDPS, T2, one, T1);
        a.emit(VSUBPS, T1, one, T1);
        a.emit(VDIVPS, T1, T1, T2);
        a.emit(VANDPS, T2, X, all(a, -0.0));
        a.emit(VORPS, T1, T1, T2);
        a.emit(VMULPS, T2, X, X);
        Simd.compare(a, SMALL, T2, all(a, 1 / 16.0), Simd.LESS);
        a.emit(VBROADCASTSS, T3, a.constant(62f / 2835));
        a.emit(VFMADD213PS, T3, T2, all(a, -17 / 315.0));
        a.emit(VFMADD213PS, T3, T2, all(a, 2 / 15.0));
        a.emit(VFMADD213PS, T3, T2, all(a, -1 / 3.0));
        a.emit(VMULPS, T3, T3, T2);
        a.emit(VFMADD213PS, T3, X, X);
        Simd.choose(a, SMALL, X, T1, T3);
    }
}
