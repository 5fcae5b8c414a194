package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.FloatLanes.F;
import static dev.keiryo.train.optimize.FloatLanes.get;
import static dev.keiryo.train.optimize.FloatLanes.load;
import static dev.keiryo.train.optimize.FloatLanes.set;
import static dev.keiryo.train.optimize.FloatLanes.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Dynamic quantization to 8 bits, block by block: a number is its block's largest magnitude times one of 256 values. These are
 * decades, 1e-7 to 1; the higher a decade, the more values divide it: precision where numbers are large, range where they are not.
 *
 * <p>{@link #SIGNED}: decade i = 0…6 has 2ⁱ values of either sign, 0 and 1 make it 256. {@link #UNSIGNED}: 2ⁱ⁺¹ values, and 0 and 1; here
 * what is not 0 is never rounded to 0, since second moments stand below a line. Values are in ascending order.
 *
 * <p>Source: Dettmers et al. 2021, arXiv:2110.02861, 8-bit Optimizers via Block-wise Quantization, section 2.2; the values are
 * bitsandbytes'.
 */
final class DynamicCode {
    /** Numbers with one scale. */
    static final int BLOCK = 256;

    private static final int DECADES = 7;

    private static final VectorSpecies<Integer> I = F.withLanes(int.class);
    /** As many bytes as there are lanes; four of them are no vector. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * F.length())));

    private static final boolean VECTORS = F.length() >= 8;

    static final DynamicCode SIGNED = new DynamicCode(true);
    static final DynamicCode UNSIGNED = new DynamicCode(false);

    private final boolean signed;
    private final float[] values;
    /** The code of 0; from there on values are counted by k. */
    private final int zero;

    /**
     * From which size on {@code k = ⌊size·factor + shift⌋}, at least {@code low} and less than twice that (unsigned: one more): a decade, and the last value. Its
     * values are the middles of equal parts of it, so that rounding down to a part finds the nearest.
     */
    private record Decade(float from, float factor, float shift, float low) {}

    private final Decade[] decades = new Decade[DECADES + 1];

    private DynamicCode(boolean signed) {
        this.signed = signed;
        values = values(signed);
        zero = signed ? 127 : 0;
        for (int i = 0; i < DECADES; i++) {
            int parts = signed ? 1 << i : 2 << i;
            int low = signed ? parts : parts - 1;
            double perPart = parts / 0.9;
            decades[i] = new Decade(
                    middle(low), (float) (Math.pow(10, DECADES - 1 - i) * perPart), (float) (low - 0.1 * perPart), low);
        }
        int last = 255 - zero;
        decades[DECADES] = new Decade(middle(last), 0, last, last);
    }

    /** Between value k and the one before. */
    private float middle(int k) {
        return (values[zero + k - 1] + values[zero + k]) / 2;
    }

    private static float[] values(boolean signed) {
        float[] values = new float[256];
        int n = 0;
        values[n++] = 0;
        values[n++] = 1;
        for (int i = 0; i < DECADES; i++) {
            int parts = signed ? 1 << i : 2 << i;
            double decade = Math.pow(10, i - DECADES + 1);
            for (int k = 0; k < parts; k++) {
                float value = (float) (decade * (0.1 + 0.9 * (k + 0.5) / parts));
                values[n++] = value;
                if (signed) {
                    values[n++] = -value;
                }
            }
        }
        Arrays.sort(values);
        return values;
    }

    /** The 256 values, ascending. */
    float[] values() {
        return values.clone();
    }

    /** The code of the value nearest to {@code x}, which is between -1 and 1. */
    int nearest(float x) {
        float size = Math.abs(x);
        float k = 0;
        for (Decade d : decades) {
            if (size > d.from) {
                k = Math.max(Math.min(Math.fma(size, d.factor, d.shift), high(d)), d.low);
            }
        }
        int whole = (int) k;
        if (signed) {
            // No value is -1.
            return x < 0 ? zero - Math.min(whole, zero) : zero + whole;
        }
        return x > 0 ? Math.max(whole, 1) : whole;
    }

    private float high(Decade d) {
        return signed ? 2 * d.low - 1 : 2 * d.low;
    }

    /** The same for as many as there are lanes. */
    private IntVector nearest(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector factor = FloatVector.zero(F);
        FloatVector shift = factor;
        FloatVector low = factor;
        for (int i = 0; i <= DECADES; i++) {
            Decade d = decades[i];
            VectorMask<Float> above = size.compare(VectorOperators.GT, d.from);
            factor = factor.blend(d.factor, above);
            shift = shift.blend(d.shift, above);
            low = low.blend(d.low, above);
        }
        FloatVector high = signed ? low.add(low).sub(1f) : low.add(low);
        FloatVector k = size.fma(factor, shift).min(high).max(low);
        IntVector whole = (IntVector) k.convertShape(VectorOperators.F2I, I, 0);
        if (signed) {
            IntVector below = whole.min(zero).neg();
            return whole.blend(below, x.compare(VectorOperators.LT, 0f).cast(I)).add(zero);
        }
        return whole.blend(whole.max(1), x.compare(VectorOperators.GT, 0f).cast(I));
    }

    /**
     * Writes {@code n} numbers to {@code out}, from its start on.
     *
     * @param from of the number whose code is the first, a multiple of {@link #BLOCK}
     */
    void decode(MemorySegment codes, MemorySegment scales, long from, int n, MemorySegment out) {
        int[] indices = new int[F.length()];
        for (int start = 0; start < n; start += BLOCK) {
            float scale = get(scales, 4 * ((from + start) / BLOCK));
            int count = Math.min(n - start, BLOCK);
            int whole = VECTORS ? F.loopBound(count) : 0;
            for (int i = start; i < start + whole; i += F.length()) {
                ByteVector.fromMemorySegment(BYTES, codes, from + i, ByteOrder.LITTLE_ENDIAN)
                        .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0)
                        .reinterpretAsInts()
                        .intoArray(indices, 0);
                store(FloatVector.fromArray(F, values, 0, indices, 0).mul(scale), out, 4L * i);
            }
            for (int i = start + whole; i < start + count; i++) {
                set(out, 4L * i, scale * values[codes.get(ValueLayout.JAVA_BYTE, from + i) & 0xff]);
            }
        }
    }

    /** Codes and scales of {@code n} numbers, from the start of {@code in} on. */
    void encode(MemorySegment in, MemorySegment codes, MemorySegment scales, long from, int n) {
        for (int start = 0; start < n; start += BLOCK) {
            int count = Math.min(n - start, BLOCK);
            float largest = FloatLanes.largest(in, 4L * start, count);
            set(scales, 4 * ((from + start) / BLOCK), largest);
            float divisor = largest == 0 ? 1 : largest;
            int whole = VECTORS ? F.loopBound(count) : 0;
            for (int i = start; i < start + whole; i += F.length()) {
                nearest(load(in, 4L * i).div(divisor))
                        .convertShape(VectorOperators.I2B, BYTES, 0)
                        .reinterpretAsBytes()
                        .intoMemorySegment(codes, from + i, ByteOrder.LITTLE_ENDIAN);
            }
            for (int i = start + whole; i < start + count; i++) {
                codes.set(ValueLayout.JAVA_BYTE, from + i, (byte) nearest(get(in, 4L * i) / divisor));
            }
        }
    }
}
