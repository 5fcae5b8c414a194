package dev.keiryo.kernel;

import static dev.keiryo.assembler.Gp.R10;
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
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Instruction;
import dev.keiryo.assembler.Label;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import dev.keiryo.tensor.Matrix;
import dev.keiryo.tensor.Norm;
import java.util.Objects;

/**
 * RMS and layer norms in machine code. Sums are in float64: four vectors of w, element i going to vector
 * {@code i/w mod 4}, what is left after whole runs of 4·w to the first.
 */
final class EmittedNorm {
    private static final EmittedFunction RMS = new EmittedFunction(a -> emit(a, false, false));
    private static final EmittedFunction LAYER = new EmittedFunction(a -> emit(a, true, false));
    private static final EmittedFunction LAYER_BIAS = new EmittedFunction(a -> emit(a, true, true));

    private static final int SUMS = 4;
    private static final int DOUBLES = Simd.LANES / 2;
    private static final Operand TAIL = Simd.mask(1, 15);
    /** For doubles: another one where a mask is a vector. */
    private static final Operand DOUBLE_TAIL = Simd.mask(1, 14);

    private static final Vec MEAN = Simd.vec(10);
    private static final Vec SCALE = Simd.vec(11);
    private static final Vec EPSILON = Vec.xmm(12);
    private static final Vec N = Vec.xmm(13);

    private EmittedNorm() {}

    static void rms(Norm norm, Matrix x, Matrix y, int from, int to) {
        call(RMS, norm, x, y, from, to);
    }

    static void layer(Norm norm, Matrix x, Matrix y, int from, int to) {
        call(norm.bias() == null ? LAYER : LAYER_BIAS, norm, x, y, from, to);
    }

    private static void call(EmittedFunction f, Norm norm, Matrix x, Matrix y, int from, int to) {
        Objects.checkFromToIndex(from, to, x.rows());
        int n = norm.width();
        Matrix bias = norm.bias();
        if (x.cols() % n != 0 || y.rows() != x.rows() || y.cols() != x.cols()) {
            throw new IllegalArgumentException("a norm of " + n + " does not fit " + x + " and " + y);
        }
        if (bias != null && bias.cols() != n) {
            throw new IllegalArgumentException("a norm of " + n + " has a bias " + bias);
        }
        long groups = (long) (to - from) * (x.cols() / n);
        if (groups > 0) {
            f.call(
                    EmittedFunction.address(x, from),
                    EmittedFunction.address(norm.weight(), 0),
                    bias == null ? 0 : EmittedFunction.address(bias, 0),
                    EmittedFunction.address(y, from),
                    n | (long) Float.floatToRawIntBits(norm.epsilon()) << 32,
                    groups);
        }
    }

    /**
     * Arguments: x, w, b, y; n in the lower, the bits of ε in the upper half of the fifth; the number of groups, at least 1.
     */
    private static void emit(Assembler a, boolean layer, boolean bias) {
        a.mov(RAX, R8);
        a.shr(RAX, 32);
        a.emit(VMOVD, EPSILON, RAX);
        a.emit(VCVTSS2SD, EPSILON, EPSILON, EPSILON);
        a.shl(R8, 32);
        a.shr(R8, 32);
        a.emit(VMOVD, N, R8);
        a.emit(VCVTDQ2PD, N, N);
        a.mov(R10, R8);
        a.and(R10, DOUBLES - 1);
        Simd.below(a, TAIL, R10, Simd.vec(0), Simd.vec(1));
        if (DOUBLE_TAIL instanceof Vec doubles) {
            a.emit(VPMOVSXDQ, doubles, Vec.xmm(15));
        }
        Label group = a.label();
        a.align(32);
        a.bind(group);
        if (layer) {
            sum(a, false, false);
            a.emit(VDIVSD, Vec.xmm(0), Vec.xmm(0), N);
            a.emit(VBROADCASTSD, MEAN, Vec.xmm(0));
        }
        sum(a, true, layer);
        inverseDeviation(a);
        if (layer) {
            a.emit(VBROADCASTSD, SCALE, Vec.xmm(0));
        } else {
            a.emit(VCVTSD2SS, Vec.xmm(0), Vec.xmm(0), Vec.xmm(0));
            a.emit(VBROADCASTSS, SCALE, Vec.xmm(0));
        }
        eachVector(a, (k, masked) -> normalize(a, layer, bias, k, masked));
        Label end = a.label();
        a.dec(R9);
        a.jump(Condition.E, end);
        a.lea(RDI, Mem.at(RDI, R8, 4));
        a.lea(RCX, Mem.at(RCX, R8, 4));
        a.jump(group);
        a.bind(end);
        a.vzeroupper();
        a.ret();
    }

    /** A vector of a group's numbers, the k-th from RAX on. */
    private interface VectorCode {
        void emit(int k, boolean masked);
    }

    /** All of a group's numbers: runs of four vectors, single vectors as the first of such a run, the rest masked. */
    private static void eachVector(Assembler a, VectorCode code) {
        Label runs = a.label();
        Label singles = a.label();
        Label single = a.label();
        Label rest = a.label();
        Label end = a.label();
        a.mov(RAX, 0);
        a.mov(R10, R8);
        a.sub(R10, SUMS * DOUBLES);
        a.jump(Condition.L, singles);
        a.align(32);
        a.bind(runs);
        for (int k = 0; k < SUMS; k++) {
            code.emit(k, false);
        }
        a.add(RAX, SUMS * DOUBLES);
        a.sub(R10, SUMS * DOUBLES);
        a.jump(Condition.GE, runs);
        a.bind(singles);
        a.add(R10, (SUMS - 1) * DOUBLES);
        a.jump(Condition.L, rest);
        a.bind(single);
        code.emit(0, false);
        a.add(RAX, DOUBLES);
        a.sub(R10, DOUBLES);
        a.jump(Condition.GE, single);
        a.bind(rest);
        a.add(R10, DOUBLES);
        a.jump(Condition.E, end);
        code.emit(0, true);
        a.bind(end);
    }

    private static Mem at(Gp base, int k) {
        return Mem.at(base, RAX, 4, 4 * DOUBLES * k);
    }

    /** As many numbers as there are doubles in a vector. */
    private static Vec floats(int i) {
        Vec doubles = Simd.vec(i);
        return doubles.withBits(doubles.bits() / 2);
    }

    private static void load(Assembler a, Vec to, Mem from, boolean masked) {
        if (masked) {
            Simd.load(a, TAIL, to, from);
        } else {
            a.emit(VMOVUPS, to, from);
        }
    }

    /** As doubles. */
    private static void loadWide(Assembler a, int to, Mem from, boolean masked) {
        if (masked) {
            Simd.load(a, TAIL, floats(to), from);
            a.emit(VCVTPS2PD, Simd.vec(to), floats(to));
        } else {
            a.emit(VCVTPS2PD, Simd.vec(to), from);
        }
    }

    /** {@code Σx}, {@code Σx²} or {@code Σ(x - mean)²} in xmm0. */
    private static void sum(Assembler a, boolean squares, boolean centered) {
        for (int k = 0; k < SUMS; k++) {
            Simd.clear(a, Simd.vec(k));
        }
        eachVector(a, (k, masked) -> {
            Vec v = Simd.vec(SUMS + k);
            loadWide(a, SUMS + k, at(RDI, k), masked);
            if (centered && masked) {
                Simd.only(a, DOUBLE_TAIL, VSUBPD, v, v, MEAN);
            } else if (centered) {
                a.emit(VSUBPD, v, v, MEAN);
            }
            if (squares) {
                a.emit(VFMADD231PD, Simd.vec(k), v, v);
            } else {
                a.emit(VADDPD, Simd.vec(k), Simd.vec(k), v);
            }
        });
        a.emit(VADDPD, Simd.vec(0), Simd.vec(0), Simd.vec(1));
        a.emit(VADDPD, Simd.vec(2), Simd.vec(2), Simd.vec(3));
        a.emit(VADDPD, Simd.vec(0), Simd.vec(0), Simd.vec(2));
        if (Simd.WIDE) {
            a.emit(VEXTRACTF64X4, Vec.ymm(1), Vec.zmm(0), 1);
            a.emit(VADDPD, Vec.ymm(0), Vec.ymm(0), Vec.ymm(1));
        }
        a.emit(VEXTRACTF128, Vec.xmm(1), Vec.ymm(0), 1);
        a.emit(VADDPD, Vec.xmm(0), Vec.xmm(0), Vec.xmm(1));
        a.emit(VMOVHLPS, Vec.xmm(1), Vec.xmm(0), Vec.xmm(0));
        a.emit(VADDSD, Vec.xmm(0), Vec.xmm(0), Vec.xmm(1));
    }

    /** Makes {@code 1/√(s/n + ε)} of the s in xmm0. */
    private static void inverseDeviation(Assembler a) {
        long one = Double.doubleToRawLongBits(1);
        a.emit(VDIVSD, Vec.xmm(0), Vec.xmm(0), N);
        a.emit(VADDSD, Vec.xmm(0), Vec.xmm(0), EPSILON);
        a.emit(VSQRTSD, Vec.xmm(0), Vec.xmm(0), Vec.xmm(0));
        a.emit(VMOVSD, Vec.xmm(1), a.constant((int) one, (int) (one >>> 32)));
        a.emit(VDIVSD, Vec.xmm(0), Vec.xmm(1), Vec.xmm(0));
    }

    private static void normalize(Assembler a, boolean layer, boolean bias, int k, boolean masked) {
        Vec v = floats(SUMS + k);
        if (layer) {
            Vec wide = Simd.vec(SUMS + k);
            loadWide(a, SUMS + k, at(RDI, k), masked);
            a.emit(VSUBPD, wide, wide, MEAN);
            a.emit(VMULPD, wide, wide, SCALE);
            a.emit(VCVTPD2PS, v, wide);
        } else {
            load(a, v, at(RDI, k), masked);
            a.emit(VMULPS, v, v, SCALE.withBits(v.bits()));
        }
        combine(a, VMULPS, v, at(RSI, k), masked);
        if (bias) {
            combine(a, VADDPS, v, at(RDX, k), masked);
        }
        if (masked) {
            Simd.store(a, TAIL, at(RCX, k), v);
        } else {
            a.emit(VMOVUPS, at(RCX, k), v);
        }
    }

    /** Multiplies by, or adds, what is in memory. */
    private static void combine(Assembler a, Instruction instruction, Vec v, Mem factors, boolean masked) {
        if (masked) {
            Vec loaded = floats(2 * SUMS);
            Simd.load(a, TAIL, loaded, factors);
            a.emit(instruction, v, v, loaded);
        } else {
            a.emit(instruction, v, v, factors);
        }
    }
}
