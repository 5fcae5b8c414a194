package dev.keiryo.kernel;

import static dev.keiryo.assembler.Instruction.*;

import dev.keiryo.assembler.Assembler;
import dev.keiryo.assembler.Gp;
import dev.keiryo.assembler.Mask;
import dev.keiryo.assembler.Mem;
import dev.keiryo.assembler.Vec;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Machine code for the sums by which quantizers search for scales, AVX-512: of many runs of weights side by side, a lane each,
 * {@code Σw·t, Σw·t², Σw·x·t} with t the number of a grid nearest to {@code (x + shift)·inverse}. Float32 arrays in one stretch of
 * memory, one after the other:
 *
 * <pre>
 *   x[size][lanes]  w[size][lanes]  inverse[lanes]  shift[lanes]  Σw·t[lanes]  Σw·t²[lanes]  Σw·x·t[lanes]  gain[lanes]  scale[lanes]
 *   Σw[lanes]  Σw·x[lanes]  Σw·x²[lanes]  least[lanes]  most[lanes]  minimum[lanes]
 * </pre>
 *
 * Unlike vector code it is fast from the first call on.
 */
public final class LaneSums {
    /** Numbers of a register. */
    private static final int WIDTH = 16;
    /** 1.5·2^23: adding and taking it away rounds. */
    private static final float WHOLE = 0x1.8p23f;

    private static final int GREATER = 30;

    private static final Gp MEMORY = Gp.RDI;
    private static final Gp AT = Gp.RAX;

    /** A grid's numbers: the ends of one of whole numbers, or all sixteen. */
    private record Key(int size, int lanes, List<Float> points) {}

    private static final Map<Key, LaneSums> ALL = new ConcurrentHashMap<>();

    private final int size;
    private final int lanes;
    private final List<Float> points;
    private final EmittedFunction alike = new EmittedFunction(a -> emit(a, false));
    private final EmittedFunction weighed = new EmittedFunction(a -> emit(a, true));
    private final EmittedFunction codes = new EmittedFunction(this::emitCodes);
    private final EmittedFunction beginAlike = new EmittedFunction(a -> emitBegin(a, false));
    private final EmittedFunction beginWeighed = new EmittedFunction(a -> emitBegin(a, true));
    private final EmittedFunction betterWithMinimum = new EmittedFunction(this::emitBetterWithMinimum);
    private final EmittedFunction better = new EmittedFunction(this::emitBetter);

    private LaneSums(Key key) {
        this.size = key.size;
        this.lanes = key.lanes;
        this.points = key.points;
    }

    /** Whether this machine can run it and no other kernels were asked for. */
    public static boolean isPossible() {
        String wanted = System.getProperty("keiryo.kernels", "best");
        return Simd.WIDE && (wanted.equals("best") || wanted.equals("emitted"));
    }

    /**
     * The sums of runs of {@code size} weights.
     *
     * @param lanes a multiple of 32
     * @param points least and greatest of a grid of whole numbers, or sixteen ascending numbers of any distances, of which a
     *     number in the middle of two becomes the lower
     */
    public static LaneSums of(int size, int lanes, List<Float> points) {
        if (lanes % (2 * WIDTH) != 0 || size < 1 || (points.size() != 2 && points.size() != WIDTH)) {
            throw new IllegalArgumentException(
                    "no sums for " + size + " weights, " + lanes + " lanes and " + points.size() + " points");
        }
        return ALL.computeIfAbsent(new Key(size, lanes, List.copyOf(points)), LaneSums::new);
    }

    /** Bytes of the memory. */
    public long bytes() {
        return at(13);
    }

    /** Where in the memory the weights' importance begins. */
    public long importanceAt() {
        return 4L * size * lanes;
    }

    /** Where {@code inverse}, {@code shift}, the sums, gain and so on begin, which are 0 to 12. */
    public long at(int array) {
        return 4L * lanes * (2 * size + array);
    }

    /** Fills in {@code Σw, Σw·x, Σw·x²}, least and most; arguments as of {@link #measure}. */
    public void begin(MemorySegment memory, boolean ofImportance1) {
        (ofImportance1 ? beginAlike : beginWeighed).call(address(memory), 0, 0, 0, 0, 0);
    }

    /** As {@link #takeBetter}, of t and x less their means, which a minimum makes up for; for w of 1. */
    public void takeBetterWithMinimum(MemorySegment memory) {
        betterWithMinimum.call(address(memory), 0, 0, 0, 0, 0);
    }

    /**
     * Fills in the sums.
     *
     * @param ofImportance1 whether w is 1 everywhere; it is not read then
     */
    public void measure(MemorySegment memory, boolean ofImportance1) {
        (ofImportance1 ? alike : weighed).call(address(memory), 0, 0, 0, 0, 0);
    }

    /** Where {@code (Σw·x·t)²/Σw·t² > gain}: takes that for gain, and {@code Σw·x·t/Σw·t²} for scale. */
    public void takeBetter(MemorySegment memory) {
        better.call(address(memory), 0, 0, 0, 0, 0);
    }

    /** Replaces x by the int32 numbers of the t nearest, counted from the least. */
    public void codes(MemorySegment memory) {
        codes.call(address(memory), 0, 0, 0, 0, 0);
    }

    private long address(MemorySegment memory) {
        if (!memory.isNative() || memory.byteSize() < bytes()) {
            throw new IllegalArgumentException("machine code needs " + bytes() + " bytes outside the heap");
        }
        return memory.address();
    }

    private Mem array(int which, int column) {
        return Mem.at(MEMORY, (int) at(which) + 4 * column);
    }

    private void emitBegin(Assembler a, boolean importance) {
        Vec sumW = Vec.zmm(0);
        Vec sumX = Vec.zmm(1);
        Vec sumXx = Vec.zmm(2);
        Vec least = Vec.zmm(3);
        Vec most = Vec.zmm(4);
        Vec x = Vec.zmm(5);
        Vec wx = Vec.zmm(6);
        for (int column = 0; column < lanes; column += WIDTH) {
            for (Vec sum : new Vec[] {sumW, sumX, sumXx}) {
                a.emit(VPXORD, sum, sum, sum);
            }
            a.lea(AT, Mem.at(MEMORY, 4 * column));
            a.emit(VMOVUPS, least, Mem.at(AT));
            a.emit(VMOVUPS, most, least);
            Loop loop = new Loop(a, Gp.RCX, size);
            a.emit(VMOVUPS, x, Mem.at(AT));
            a.emit(VMINPS, least, least, x);
            a.emit(VMAXPS, most, most, x);
            Vec product = x;
            if (importance) {
                product = wx;
                a.emit(VMOVUPS, wx, Mem.at(AT, (int) importanceAt()));
                a.emit(VADDPS, sumW, sumW, wx);
                a.emit(VMULPS, wx, wx, x);
            }
            a.emit(VADDPS, sumX, sumX, product);
            a.emit(VMULPS, wx, product, x);
            a.emit(VADDPS, sumXx, sumXx, wx);
            a.add(AT, 4 * lanes);
            loop.end();
            if (!importance) {
                a.emit(VBROADCASTSS, sumW, a.constant((float) size));
            }
            Vec[] results = {sumW, sumX, sumXx, least, most};
            for (int i = 0; i < results.length; i++) {
                a.emit(VMOVUPS, array(7 + i, column), results[i]);
            }
        }
        a.vzeroupper();
        a.ret();
    }

    private void emitBetterWithMinimum(Assembler a) {
        Vec part = Vec.zmm(0);
        Vec t = Vec.zmm(1);
        Vec mean = Vec.zmm(2);
        Vec x = Vec.zmm(3);
        Vec xt = Vec.zmm(4);
        Vec tt = Vec.zmm(5);
        Vec product = Vec.zmm(6);
        Vec square = Vec.zmm(7);
        Mask larger = new Mask(1);
        a.emit(VBROADCASTSS, part, a.constant(1f / size));
        for (int column = 0; column < lanes; column += WIDTH) {
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
            a.emit(VCMPPS, larger, square, product, GREATER);
            a.emit(VDIVPS, square, square, tt);
            a.emit(VDIVPS, xt, xt, tt);
            a.masked(larger).emit(VMOVUPS, array(5, column), square);
            a.masked(larger).emit(VMOVUPS, array(6, column), xt);
            a.emit(VMULPS, xt, xt, mean);
            a.emit(VMULPS, x, x, part);
            a.emit(VSUBPS, xt, xt, x);
            a.masked(larger).emit(VMOVUPS, array(12, column), xt);
        }
        a.vzeroupper();
        a.ret();
    }

    private void emitBetter(Assembler a) {
        Vec xt = Vec.zmm(0);
        Vec tt = Vec.zmm(1);
        Vec before = Vec.zmm(2);
        Vec square = Vec.zmm(3);
        Mask larger = new Mask(1);
        for (int column = 0; column < lanes; column += WIDTH) {
            a.emit(VMOVUPS, xt, array(4, column));
            a.emit(VMOVUPS, tt, array(3, column));
            a.emit(VMULPS, before, tt, array(5, column));
            a.emit(VMULPS, square, xt, xt);
            a.emit(VCMPPS, larger, square, before, GREATER);
            a.emit(VDIVPS, square, square, tt);
            a.emit(VDIVPS, xt, xt, tt);
            a.masked(larger).emit(VMOVUPS, array(5, column), square);
            a.masked(larger).emit(VMOVUPS, array(6, column), xt);
        }
        a.vzeroupper();
        a.ret();
    }

    private void emitCodes(Assembler a) {
        Vec[] constants = constants(a);
        for (int column = 0; column < lanes; column += WIDTH) {
            a.emit(VMOVUPS, inverse(0), array(0, column));
            a.emit(VMOVUPS, shift(0), array(1, column));
            a.lea(AT, Mem.at(MEMORY, 4 * column));
            Loop loop = new Loop(a, Gp.RCX, size);
            Vec t = own(0, 1);
            a.emit(VADDPS, t, shift(0), Mem.at(AT));
            a.emit(VMULPS, t, t, inverse(0));
            if (points.size() == 2) {
                round(a, t, constants);
                a.emit(VSUBPS, t, t, constants[0]);
                a.emit(VCVTPS2DQ, t, t);
            } else {
                code(a, t, own(0, 2), own(0, 3), new Mask(1), constants);
                t = own(0, 2);
            }
            a.emit(VMOVDQU32, Mem.at(AT), t);
            a.add(AT, 4 * lanes);
            loop.end();
        }
        a.vzeroupper();
        a.ret();
    }

    private static void round(Assembler a, Vec t, Vec[] constants) {
        a.emit(VMINPS, t, t, constants[1]);
        a.emit(VMAXPS, t, t, constants[0]);
        a.emit(VADDPS, t, t, constants[2]);
        a.emit(VSUBPS, t, t, constants[2]);
    }

    private void emit(Assembler a, boolean importance) {
        Vec[] constants = constants(a);
        for (int column = 0; column < lanes; column += 2 * WIDTH) {
            for (int half = 0; half < 2; half++) {
                long offset = 4L * (column + half * WIDTH);
                a.emit(VMOVUPS, inverse(half), Mem.at(MEMORY, (int) (at(0) + offset)));
                a.emit(VMOVUPS, shift(half), Mem.at(MEMORY, (int) (at(1) + offset)));
                for (int sum = 0; sum < 3; sum++) {
                    a.emit(VPXORD, sum(half, sum), sum(half, sum), sum(half, sum));
                }
            }
            a.lea(AT, Mem.at(MEMORY, 4 * column));
            Loop loop = new Loop(a, Gp.RCX, size);
            for (int half = 0; half < 2; half++) {
                add(a, half, importance, constants);
            }
            a.add(AT, 4 * lanes);
            loop.end();
            for (int half = 0; half < 2; half++) {
                for (int sum = 0; sum < 3; sum++) {
                    int offset = (int) (at(2 + sum) + 4L * (column + half * WIDTH));
                    a.emit(VMOVUPS, Mem.at(MEMORY, offset), sum(half, sum));
                }
            }
        }
        a.vzeroupper();
        a.ret();
    }

    private static Vec inverse(int half) {
        return Vec.zmm(half);
    }

    private static Vec shift(int half) {
        return Vec.zmm(2 + half);
    }

    private static Vec sum(int half, int which) {
        return Vec.zmm(4 + 3 * half + which);
    }

    private static Vec own(int half, int which) {
        return Vec.zmm(10 + 4 * half + which);
    }

    private Vec[] constants(Assembler a) {
        Vec[] constants = new Vec[points.size() == 2 ? 3 : 7];
        for (int i = 0; i < constants.length; i++) {
            constants[i] = Vec.zmm(20 + i);
        }
        if (points.size() == 2) {
            a.emit(VBROADCASTSS, constants[0], a.constant(points.getFirst()));
            a.emit(VBROADCASTSS, constants[1], a.constant(points.getLast()));
            a.emit(VBROADCASTSS, constants[2], a.constant(WHOLE));
            return constants;
        }
        int[] middles = new int[WIDTH];
        int[] numbers = new int[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            numbers[i] = Float.floatToRawIntBits(points.get(i));
            middles[i] = Float.floatToRawIntBits(
                    i + 1 < WIDTH ? (points.get(i) + points.get(i + 1)) / 2 : Float.POSITIVE_INFINITY);
        }
        a.emit(VMOVDQU32, constants[0], a.constant(middles));
        a.emit(VMOVDQU32, constants[1], a.constant(numbers));
        a.emit(VPBROADCASTD, constants[2], a.constant(middles[WIDTH / 2 - 1]));
        for (int i = 0; i < 4; i++) {
            a.emit(VPBROADCASTD, constants[3 + i], a.constant(8 >> i));
        }
        return constants;
    }

    /** One weight of sixteen lanes. */
    private void add(Assembler a, int half, boolean importance, Vec[] constants) {
        Vec x = own(half, 0);
        Vec t = own(half, 1);
        int offset = 4 * WIDTH * half;
        a.emit(VMOVUPS, x, Mem.at(AT, offset));
        a.emit(VADDPS, t, x, shift(half));
        a.emit(VMULPS, t, t, inverse(half));
        if (points.size() == 2) {
            round(a, t, constants);
        } else {
            Vec code = own(half, 2);
            code(a, t, code, own(half, 3), new Mask(1 + half), constants);
            a.emit(VPERMPS, t, code, constants[1]);
        }
        Vec wt = t;
        if (importance) {
            wt = own(half, 2);
            a.emit(VMULPS, wt, t, Mem.at(AT, (int) importanceAt() + offset));
        }
        a.emit(VADDPS, sum(half, 0), sum(half, 0), wt);
        a.emit(VFMADD231PS, sum(half, 1), wt, t);
        a.emit(VFMADD231PS, sum(half, 2), wt, x);
    }

    /** Bisection: how many middles lie below. */
    private static void code(Assembler a, Vec t, Vec code, Vec middle, Mask above, Vec[] constants) {
        a.emit(VCMPPS, above, t, constants[2], GREATER);
        a.zeroing(above).emit(VMOVDQU32, code, constants[3]);
        for (int step = 4; step < 7; step++) {
            // The middle that parts the codes left: code + step - 1.
            if (step < 6) {
                a.emit(VPADDD, middle, code, constants[step]);
                a.emit(VPSUBD, middle, middle, constants[6]);
                a.emit(VPERMPS, middle, middle, constants[0]);
            } else {
                a.emit(VPERMPS, middle, code, constants[0]);
            }
            a.emit(VCMPPS, above, t, middle, GREATER);
            a.masked(above).emit(VPADDD, code, code, constants[step]);
        }
    }
}
