package dev.keiryo.train.optimize;

import static dev.keiryo.train.optimize.FloatLanes.get;
import static dev.keiryo.train.optimize.FloatLanes.set;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

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

    /** A float's sign, exponent and 7 bits of its fraction: a cell. Between 1e-8 and 1 no cell has two middles in it. */
    private static final int CELL_BITS = 16;

    private static final int LOWEST = Float.floatToRawIntBits(1e-8f) >>> CELL_BITS;
    private static final int HIGHEST = Float.floatToRawIntBits(1f) >>> CELL_BITS;

    static final DynamicCode SIGNED = new DynamicCode(true);
    static final DynamicCode UNSIGNED = new DynamicCode(false);

    private final boolean signed;
    private final float[] values;
    /** The code of 0. */
    private final int zero;
    /** Between a value from 0 on and the next. */
    private final float[] middles;
    /** For each cell, how many middles lie below its beginning. */
    private final short[] cells = new short[HIGHEST - LOWEST + 1];

    private DynamicCode(boolean signed) {
        this.signed = signed;
        values = values(signed);
        zero = signed ? 127 : 0;
        middles = new float[256 - zero];
        for (int k = 0; k + 1 < middles.length; k++) {
            middles[k] = (values[zero + k] + values[zero + k + 1]) / 2;
        }
        middles[middles.length - 1] = Float.POSITIVE_INFINITY;
        for (int c = 0; c < cells.length; c++) {
            float start = Float.intBitsToFloat((c + LOWEST) << CELL_BITS);
            while (middles[cells[c]] < start) {
                cells[c]++;
            }
        }
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
        int k = cells[Math.clamp(Float.floatToRawIntBits(size) >>> CELL_BITS, LOWEST, HIGHEST) - LOWEST];
        if (size > middles[k]) {
            k++;
        }
        // No value is -1.
        return signed && x < 0 ? zero - Math.min(k, zero) : zero + k;
    }

    /**
     * Writes {@code n} numbers to {@code out}, from its start on.
     *
     * @param from of the number whose code is the first, a multiple of {@link #BLOCK}
     */
    void decode(MemorySegment codes, MemorySegment scales, long from, int n, MemorySegment out) {
        float[] table = values;
        for (int start = 0; start < n; start += BLOCK) {
            float scale = get(scales, 4 * ((from + start) / BLOCK));
            int end = Math.min(n, start + BLOCK);
            for (int i = start; i < end; i++) {
                set(out, 4L * i, scale * table[codes.get(ValueLayout.JAVA_BYTE, from + i) & 0xff]);
            }
        }
    }

    /** Codes and scales of {@code n} numbers, from the start of {@code in} on. */
    void encode(MemorySegment in, MemorySegment codes, MemorySegment scales, long from, int n) {
        for (int start = 0; start < n; start += BLOCK) {
            int end = Math.min(n, start + BLOCK);
            float largest = 0;
            for (int i = start; i < end; i++) {
                largest = Math.max(largest, Math.abs(get(in, 4L * i)));
            }
            set(scales, 4 * ((from + start) / BLOCK), largest);
            float divisor = largest == 0 ? 1 : largest;
            for (int i = start; i < end; i++) {
                float x = get(in, 4L * i);
                int code = nearest(x / divisor);
                codes.set(ValueLayout.JAVA_BYTE, from + i, (byte) (code == 0 && !signed && x > 0 ? 1 : code));
            }
        }
    }
}
