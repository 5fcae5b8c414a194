package dev.keiryo.train.tape;

import dev.keiryo.kernel.Workers;
import dev.keiryo.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Float32 numbers in half the memory: as bfloat16, rounded to the nearest, ties to even. Of {@code n} numbers, word {@code i}
 * holds number {@code i} in its upper half and number {@code ⌈n/2⌉ + i} in its lower one, so that no lane has to move.
 */
final class Halves {
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = Matrix.F32.order();
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    private static final int UPPER = 0xFFFF0000;
    private static final int NAN = 0x7FC00000;

    private Halves() {}

    /** Words for {@code n} numbers. */
    static int words(long n) {
        return Math.toIntExact(Math.ceilDiv(n, 2));
    }

    /** {@code x} as bfloat16 has it. */
    static float rounded(float x) {
        return Float.intBitsToFloat(upper(x));
    }

    private static int upper(float x) {
        int bits = Float.floatToRawIntBits(x);
        return Float.isNaN(x) ? NAN : (bits + 0x7FFF + ((bits >>> 16) & 1)) & UPPER;
    }

    /** Numbers of {@code x}, all of them, into words. */
    static void narrow(Workers workers, Matrix x, MemorySegment words) {
        long n = (long) x.rows() * x.cols();
        int half = words(n);
        workers.run(half, FloatElements.LEAST_WORK, (from, to, worker) -> {
            int whole = (int) Math.min(to, n - half);
            int i = from;
            for (; i <= whole - I.length(); i += I.length()) {
                IntVector high = upper(FloatVector.fromMemorySegment(F, x.data(), 4L * i, ORDER));
                IntVector low = upper(FloatVector.fromMemorySegment(F, x.data(), 4L * (half + i), ORDER));
                high.or(low.lanewise(VectorOperators.LSHR, 16)).intoMemorySegment(words, 4L * i, ORDER);
            }
            for (; i < to; i++) {
                int low = half + (long) i < n ? upper(x.data().getAtIndex(Matrix.F32, half + (long) i)) : 0;
                words.setAtIndex(WORD, i, upper(x.data().getAtIndex(Matrix.F32, i)) | low >>> 16);
            }
        });
    }

    private static IntVector upper(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
        return bits.add(0x7FFF)
                .add(odd)
                .blend(NAN, x.test(VectorOperators.IS_NAN).cast(I))
                .and(UPPER);
    }

    /** The numbers of words, as many as {@code y} has. */
    static void widen(Workers workers, MemorySegment words, Matrix y) {
        long n = (long) y.rows() * y.cols();
        int half = words(n);
        workers.run(half, FloatElements.LEAST_WORK, (from, to, worker) -> {
            int whole = (int) Math.min(to, n - half);
            int i = from;
            for (; i <= whole - I.length(); i += I.length()) {
                IntVector both = IntVector.fromMemorySegment(I, words, 4L * i, ORDER);
                both.and(UPPER).intoMemorySegment(y.data(), 4L * i, ORDER);
                both.lanewise(VectorOperators.LSHL, 16).intoMemorySegment(y.data(), 4L * (half + i), ORDER);
            }
            for (; i < to; i++) {
                int both = words.getAtIndex(WORD, i);
                y.data().setAtIndex(Matrix.F32, i, Float.intBitsToFloat(both & UPPER));
                if (half + (long) i < n) {
                    y.data().setAtIndex(Matrix.F32, half + (long) i, Float.intBitsToFloat(both << 16));
                }
            }
        });
    }
}
