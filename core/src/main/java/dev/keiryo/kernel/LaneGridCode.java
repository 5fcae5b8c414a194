package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Operand;
import dev.keiryo.assembler.Vec;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Machine code of {@link LaneSums} that brings weights to the nearest numbers of a grid. */
final class LaneGridCode {
    private static final int WIDTH = Simd.LANES;
    /** Vectors of lanes at once: as many as there are registers for. */
    private static final int VECTORS = Simd.WIDE ? 2 : 1;
    /** 1.5·2^23: adding and taking it away rounds. */
    private static final float WHOLE = 0x1.8p23f;

    private static final int SUMS = 3;
    /** First registers: inverse and shift, sums, what a vector has of its own, and what all share. */
    private static final int SUM = 2 * VECTORS;

    private static final int OWN = SUM + SUMS * VECTORS;
    private static final int SHARED = OWN + 4 * VECTORS;

    private static final Gp MEMORY = Gp.RDI;
    private static final Gp AT = Gp.RAX;

    private final LaneSums memory;
    private final Assembler a;
    private final boolean whole;
    private final List<Float> points;
    /** Whole numbers: the least, the greatest, and {@link #WHOLE}. */
    private final Vec least = Simd.vec(SHARED);

    private final Vec most = Simd.vec(SHARED + 1);
    private final Vec rounding = Simd.vec(SHARED + 2);
    private final Table numbers;
    private final Table middles;

    /** Sixteen numbers to choose from: in a register, or half in one and half in another, which are in memory. */
    private record Table(Operand low, @Nullable Operand high) {}

    /** Emits what comes first. */
    LaneGridCode(LaneSums memory, Assembler a) {
        this.memory = memory;
        this.a = a;
        this.points = memory.points;
        this.whole = points.size() == 2;
        if (whole) {
            a.emit(VBROADCASTSS, least, a.constant(points.getFirst()));
            a.emit(VBROADCASTSS, most, a.constant(points.getLast()));
            a.emit(VBROADCASTSS, rounding, a.constant(WHOLE));
        }
        int[] numbers = new int[LaneSums.POINTS];
        int[] middles = new int[LaneSums.POINTS];
        for (int i = 0; i < LaneSums.POINTS && !whole; i++) {
            numbers[i] = Float.floatToRawIntBits(points.get(i));
            middles[i] = Float.floatToRawIntBits(middle(i));
        }
        this.numbers = table(numbers, SHARED);
        this.middles = table(middles, SHARED + 1);
    }

    /** Between point {@code i} and the next one. */
    private float middle(int i) {
        return i + 1 < points.size() ? (points.get(i) + points.get(i + 1)) / 2 : Float.POSITIVE_INFINITY;
    }

    private Table table(int[] words, int register) {
        if (!Simd.WIDE) {
            return new Table(
                    a.constant(Arrays.copyOf(words, WIDTH)), a.constant(Arrays.copyOfRange(words, WIDTH, 2 * WIDTH)));
        }
        Vec all = Simd.vec(register);
        if (!whole) {
            a.emit(VMOVUPS, all, a.constant(words));
        }
        return new Table(all, null);
    }

    private static Vec inverse(int vector) {
        return Simd.vec(vector);
    }

    private static Vec shift(int vector) {
        return Simd.vec(VECTORS + vector);
    }

    private static Vec sum(int vector, int which) {
        return Simd.vec(SUM + SUMS * vector + which);
    }

    private static Vec own(int vector, int which) {
        return Simd.vec(OWN + 4 * vector + which);
    }

    private static Operand above(int vector) {
        return Simd.mask(1 + vector, 15);
    }

    private Mem array(int which, int column) {
        return Mem.at(MEMORY, (int) memory.at(which) + 4 * column);
    }

    void codes() {
        for (int column = 0; column < memory.lanes; column += WIDTH) {
            a.emit(VMOVUPS, inverse(0), array(0, column));
            a.emit(VMOVUPS, shift(0), array(1, column));
            a.lea(AT, Mem.at(MEMORY, 4 * column));
            Loop loop = new Loop(a, Gp.RCX, memory.size);
            Vec t = own(0, 1);
            a.emit(VADDPS, t, shift(0), Mem.at(AT));
            a.emit(VMULPS, t, t, inverse(0));
            if (whole) {
                round(t);
                a.emit(VSUBPS, t, t, least);
                a.emit(VCVTPS2DQ, t, t);
            } else {
                code(t, own(0, 2), own(0, 3), above(0));
                t = own(0, 2);
            }
            a.emit(VMOVUPS, Mem.at(AT), t);
            a.add(AT, 4 * memory.lanes);
            loop.end();
        }
        a.vzeroupper();
        a.ret();
    }

    void measure(boolean importance) {
        for (int column = 0; column < memory.lanes; column += VECTORS * WIDTH) {
            for (int v = 0; v < VECTORS; v++) {
                a.emit(VMOVUPS, inverse(v), array(0, column + v * WIDTH));
                a.emit(VMOVUPS, shift(v), array(1, column + v * WIDTH));
                for (int sum = 0; sum < SUMS; sum++) {
                    Simd.clear(a, sum(v, sum));
                }
            }
            a.lea(AT, Mem.at(MEMORY, 4 * column));
            Loop loop = new Loop(a, Gp.RCX, memory.size);
            for (int v = 0; v < VECTORS; v++) {
                add(v, importance);
            }
            a.add(AT, 4 * memory.lanes);
            loop.end();
            for (int v = 0; v < VECTORS; v++) {
                for (int sum = 0; sum < SUMS; sum++) {
                    a.emit(VMOVUPS, array(2 + sum, column + v * WIDTH), sum(v, sum));
                }
            }
        }
        a.vzeroupper();
        a.ret();
    }

    /** One weight of a vector of lanes. */
    private void add(int vector, boolean importance) {
        Vec x = own(vector, 0);
        Vec t = own(vector, 1);
        int offset = 4 * WIDTH * vector;
        a.emit(VMOVUPS, x, Mem.at(AT, offset));
        a.emit(VADDPS, t, x, shift(vector));
        a.emit(VMULPS, t, t, inverse(vector));
        if (whole) {
            round(t);
        } else {
            Vec code = own(vector, 2);
            code(t, code, own(vector, 3), above(vector));
            lookUp(t, code, numbers);
        }
        Vec wt = t;
        if (importance) {
            wt = own(vector, 2);
            a.emit(VMULPS, wt, t, Mem.at(AT, (int) memory.importanceAt() + offset));
        }
        a.emit(VADDPS, sum(vector, 0), sum(vector, 0), wt);
        a.emit(VFMADD231PS, sum(vector, 1), wt, t);
        a.emit(VFMADD231PS, sum(vector, 2), wt, x);
    }

    private void round(Vec t) {
        a.emit(VMINPS, t, t, most);
        a.emit(VMAXPS, t, t, least);
        a.emit(VADDPS, t, t, rounding);
        a.emit(VSUBPS, t, t, rounding);
    }

    /** Bisection: how many middles lie below. */
    private void code(Vec t, Vec code, Vec middle, Operand above) {
        Simd.compare(a, above, t, Simd.all(a, middle(LaneSums.POINTS / 2 - 1)), Simd.GREATER);
        Simd.only(a, above, VPBROADCASTD, code, a.constant(LaneSums.POINTS / 2));
        for (int step = LaneSums.POINTS / 4; step > 0; step /= 2) {
            // The middle that parts the codes left: code + step - 1.
            Vec index = code;
            if (step > 1) {
                index = middle;
                a.emit(VPADDD, middle, code, Simd.all(a, step - 1));
            }
            lookUp(middle, index, middles);
            Simd.compare(a, above, t, middle, Simd.GREATER);
            Simd.only(a, above, VPBROADCASTD, middle, a.constant(step));
            a.emit(VPADDD, code, code, middle);
        }
    }

    /** Of an index only the low four bits count. */
    private void lookUp(Vec to, Vec index, Table table) {
        if (table.high == null) {
            a.emit(VPERMPS, to, index, table.low);
            return;
        }
        // An index into either half has three bits; the fourth, made the sign, says which.
        Vec low = Simd.vec(SHARED + 3);
        Vec high = Simd.vec(SHARED + 4);
        a.emit(VPERMPS, low, index, table.low);
        a.emit(VPERMPS, high, index, table.high);
        a.emit(VPSLLD, to, index, 28);
        a.emit(VBLENDVPS, to, low, high, to);
    }
}
