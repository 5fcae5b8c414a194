package dev.keiryo.tensor;

import java.util.Arrays;

/**
 * Sixteen values from -1 to 1, chosen by numbers of four bits.
 *
 * <p>Products with int8 inputs, whose own rounding is 1/254 of the largest, take the values as whole numbers of a unit: at
 * most 1/254 beside the exact ones.
 */
public final class CodeBook {
    /**
     * NormalFloat: what a normal distribution makes about equally frequent. Dettmers et al. 2023 (QLoRA), arXiv:2305.14314,
     * appendix E.
     */
    public static final CodeBook NF4 = new CodeBook(
            127,
            -1f,
            -0.6961928f,
            -0.52507305f,
            -0.3949175f,
            -0.28444138f,
            -0.18477343f,
            -0.091050036f,
            0f,
            0.0795803f,
            0.1609302f,
            0.2461123f,
            0.33791524f,
            0.44070983f,
            0.562617f,
            0.72295684f,
            1f);

    /** The 4-bit float of bitsandbytes, {@code get_4bit_type("fp4")}: sign, then 0, 1/16, 8, 12, 4, 6, 2, 3 of 12. */
    public static final CodeBook FP4 = new CodeBook(
            120,
            0f,
            0.0625f / 12,
            8 / 12f,
            1f,
            4 / 12f,
            6 / 12f,
            2 / 12f,
            3 / 12f,
            0f,
            -0.0625f / 12,
            -8 / 12f,
            -1f,
            -4 / 12f,
            -6 / 12f,
            -2 / 12f,
            -3 / 12f);

    /** What is added to a level to make a quant that is not negative. */
    public static final int ZERO = 128;

    /** Cells of [-1, 1] so small that none holds two middles. */
    private static final int CELLS = 1024;

    private final int unit;
    private final float[] values;
    /** The values' numbers, by ascending values, each value once. */
    private final int[] order;
    /** Between the values in that order; the last is +∞. */
    private final float[] middles;
    /** For each cell, how many middles lie below it. */
    private final byte[] cells = new byte[CELLS + 1];

    private CodeBook(int unit, float... values) {
        this.unit = unit;
        this.values = values;
        Integer[] sorted = new Integer[values.length];
        Arrays.setAll(sorted, i -> i);
        Arrays.sort(sorted, (a, b) -> Float.compare(values[a], values[b]));
        this.order = Arrays.stream(sorted)
                .filter(i -> i == first(i))
                .mapToInt(Integer::intValue)
                .toArray();
        this.middles = new float[order.length];
        for (int i = 0; i + 1 < order.length; i++) {
            middles[i] = (values[order[i]] + values[order[i + 1]]) / 2;
        }
        middles[order.length - 1] = Float.POSITIVE_INFINITY;
        for (int c = 0; c <= CELLS; c++) {
            while (middles[cells[c]] < start(c)) {
                cells[c]++;
            }
        }
    }

    private int first(int i) {
        int f = 0;
        while (values[f] != values[i]) {
            f++;
        }
        return f;
    }

    private static float start(int cell) {
        return (float) cell / (CELLS / 2) - 1;
    }

    /** The values, in the order of their numbers. */
    public float[] numbers() {
        return values.clone();
    }

    /** The value of number {@code i}. */
    public float value(int i) {
        return values[i];
    }

    /** How many whole numbers make 1. */
    public int unit() {
        return unit;
    }

    /** The values as whole numbers, rounded, in the order of their numbers. */
    public int[] levels() {
        int[] levels = new int[values.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = Math.round(unit * values[i]);
        }
        return levels;
    }

    /** The number of the value nearest to {@code v}; in the middle of two, that of the lesser. */
    public int nearest(float v) {
        int cell = (int) ((Math.clamp(v, -1f, 1f) + 1) * (CELLS / 2));
        int i = cells[cell];
        return order[v > middles[i] ? i + 1 : i];
    }
}
