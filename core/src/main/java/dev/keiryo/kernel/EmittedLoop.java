package dev.keiryo.kernel;

import static dev.keiryo.assembler.Gp.R8;
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
import dev.keiryo.tensor.Matrix;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What elementwise functions have in common: {@code y[i] = f(x[i], z[i], s)} for i below n, a vector at a time and
 * the rest under a mask. They are called with the addresses of x, z and y, then n, then the bits of s.
 */
final class EmittedLoop {
    /** Holds x, and f when it has been computed. */
    static final Vec X = Simd.vec(0);
    /** Holds z. */
    static final Vec Z = Simd.vec(1);
    /** Holds s, repeated; not to be changed. */
    static final Vec S = Simd.vec(2);

    private static final int LANES = Simd.LANES;

    private static final Operand TAIL = Simd.mask(1, 15);

    private EmittedLoop() {}

    /**
     * Emits the whole function.
     *
     * @param f emits what computes f of a vector: the vectors 0 to 14 are free but S, and the masks 2 to 7
     * @param binary whether z is read
     */
    static void emit(Assembler a, boolean binary, Consumer<Assembler> f) {
        Label loop = a.label();
        Label rest = a.label();
        Label end = a.label();
        Simd.broadcast(a, S, R8);
        a.mov(RAX, 0);
        a.sub(RCX, LANES);
        a.jump(Condition.L, rest);
        a.align(32);
        a.bind(loop);
        a.emit(VMOVUPS, X, Mem.at(RDI, RAX, 4));
        if (binary) {
            a.emit(VMOVUPS, Z, Mem.at(RSI, RAX, 4));
        }
        f.accept(a);
        a.emit(VMOVUPS, Mem.at(RDX, RAX, 4), X);
        a.add(RAX, LANES);
        a.sub(RCX, LANES);
        a.jump(Condition.GE, loop);
        a.bind(rest);
        a.add(RCX, LANES);
        a.jump(Condition.E, end);
        Simd.below(a, TAIL, RCX, X, Z);
        Simd.load(a, TAIL, X, Mem.at(RDI, RAX, 4));
        if (binary) {
            Simd.load(a, TAIL, Z, Mem.at(RSI, RAX, 4));
        }
        f.accept(a);
        Simd.store(a, TAIL, Mem.at(RDX, RAX, 4), X);
        a.bind(end);
        a.vzeroupper();
        a.ret();
    }

    /** Calls such a function for rows {@code [from, to)}; without a {@code z} of its own it is given x. */
    static void call(EmittedFunction f, Matrix x, Matrix z, float s, Matrix y, int from, int to) {
        Objects.checkFromToIndex(from, to, x.rows());
        if (!sameShape(x, z) || !sameShape(x, y)) {
            throw new IllegalArgumentException(x + ", " + z + " and " + y + " should have the same shape");
        }
        f.call(
                EmittedFunction.address(x, from),
                EmittedFunction.address(z, from),
                EmittedFunction.address(y, from),
                (long) (to - from) * x.cols(),
                Float.floatToRawIntBits(s),
                0);
    }

    /** Calls {@code y[target] = y[target] + s·x[row]}. */
    static void callAddRow(Matrix x, int row, float s, Matrix y, int target) {
        Objects.checkIndex(row, x.rows());
        Objects.checkIndex(target, y.rows());
        if (x.cols() != y.cols()) {
            throw new IllegalArgumentException("rows of " + x + " do not fit those of " + y);
        }
        long out = EmittedFunction.address(y, target);
        EmittedArithmetic.ADD_SCALED.call(
                out, EmittedFunction.address(x, row), out, x.cols(), Float.floatToRawIntBits(s), 0);
    }

    private static boolean sameShape(Matrix a, Matrix b) {
        return a.rows() == b.rows() && a.cols() == b.cols();
    }
}
