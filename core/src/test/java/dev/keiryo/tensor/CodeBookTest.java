package dev.keiryo.tensor;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class CodeBookTest {
    /** As QLoRA's appendix E prints them. */
    private static final double[] PRINTED = {
        -1.0,
        -0.6961928009986877,
        -0.5250730514526367,
        -0.39491748809814453,
        -0.28444138169288635,
        -0.18477343022823334,
        -0.09105003625154495,
        0.0,
        0.07958029955625534,
        0.16093020141124725,
        0.24611230194568634,
        0.33791524171829224,
        0.44070982933044434,
        0.5626170039176941,
        0.7229568362236023,
        1.0
    };

    private static final float[] NF4 = floats(PRINTED);

    /** bitsandbytes' list, of which it takes the twelfth part. */
    private static final float[] FP4 = {0, 0.0625f, 8, 12, 4, 6, 2, 3, 0, -0.0625f, -8, -12, -4, -6, -2, -3};

    private static float[] floats(double[] values) {
        float[] out = new float[values.length];
        for (int i = 0; i < out.length; i++) {
            out[i] = (float) values[i];
        }
        return out;
    }

    @Test
    void valuesAreThePublishedOnes() {
        assertArrayEquals(NF4, CodeBook.NF4.numbers());
        float[] fp4 = CodeBook.FP4.numbers();
        for (int i = 0; i < 16; i++) {
            assertEquals(FP4[i] / 12, fp4[i]);
        }
    }

    /** Section 3 of QLoRA: quantiles of the normal distribution, eight for the negative half and nine for the positive one. */
    @Test
    void nf4IsMadeOfNormalQuantiles() {
        double offset = 0.9677083;
        for (int i = 0; i < 8; i++) {
            double positive = quantile(0.5 + (offset - 0.5) * (i + 1) / 8);
            assertEquals(positive / quantile(offset), NF4[8 + i], 2e-4);
            double negative = quantile(0.5 + (offset - 0.5) * (7 - i) / 7.0);
            assertEquals(-negative / quantile(offset), NF4[i], 2e-4);
        }
    }

    /** By bisection of the distribution function. */
    private static double quantile(double p) {
        double low = 0;
        double high = 5;
        for (int i = 0; i < 60; i++) {
            double mid = (low + high) / 2;
            double area = 0.5;
            int steps = 2000;
            for (int s = 0; s < steps; s++) {
                double x = mid * (s + 0.5) / steps;
                area += mid / steps * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
            }
            if (area < p) {
                low = mid;
            } else {
                high = mid;
            }
        }
        return low;
    }

    static List<CodeBook> books() {
        return List.of(CodeBook.NF4, CodeBook.FP4);
    }

    @ParameterizedTest
    @MethodSource("books")
    void nearestIsTheNearest(CodeBook book) {
        Random random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            float v = i < 100_000 ? i / 50_000f - 1 : random.nextFloat() * 2.4f - 1.2f;
            float found = book.value(book.nearest(v));
            for (float value : book.numbers()) {
                assertTrue(Math.abs(v - found) <= Math.abs(v - value) + 1e-7f, "nearest to " + v + " is not " + found);
            }
        }
        assertEquals(0f, book.value(book.nearest(0)));
        assertEquals(book.value(book.nearest(1e30f)), 1f);
        assertEquals(book.value(book.nearest(-1e30f)), -1f);
    }

    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"NF4", "FP4"})
    void blocksAreReadAsTheyAreDefined(TensorType type) {
        float[] values = type == TensorType.NF4 ? NF4 : CodeBook.FP4.numbers();
        MemorySegment block = MemorySegment.ofArray(new byte[36]);
        block.set(Matrix.F32, 0, 0.37f);
        for (int i = 0; i < 16; i++) {
            BlockCodec.put(block, 4 + i, i | (15 - i) << 4);
            BlockCodec.put(block, 20 + i, 15 - i | i << 4);
        }
        float[] out = new float[64];
        Codecs.require(type).decode(block, 0, out, 0, 64);
        for (int i = 0; i < 16; i++) {
            assertEquals(0.37f * values[i], out[i]);
            assertEquals(0.37f * values[15 - i], out[16 + i]);
            assertEquals(0.37f * values[15 - i], out[32 + i]);
            assertEquals(0.37f * values[i], out[48 + i]);
        }
        byte[] encoded = new byte[36];
        requireNonNull(Codecs.encoder(type)).encode(out, 0, 64, MemorySegment.ofArray(encoded), 0);
        float[] again = new float[64];
        Codecs.require(type).decode(MemorySegment.ofArray(encoded), 0, again, 0, 64);
        assertArrayEquals(out, again);
    }

    /**
     * What rounding costs weights of a normal distribution, {@code E (x - x')² / E x²}, against the same by Monte Carlo in double
     * precision over the published values.
     */
    @ParameterizedTest
    @EnumSource(
            value = TensorType.class,
            names = {"NF4", "FP4"})
    void errorForNormalWeightsIsTheTheoretical(TensorType type) {
        int n = 64 * 4000;
        float[] x = new float[n];
        Random random = new Random(11);
        double expected = 0;
        double square = 0;
        float[] values = type == TensorType.NF4 ? NF4 : FP4;
        for (int b = 0; b < n; b += 64) {
            double max = 0;
            for (int i = b; i < b + 64; i++) {
                x[i] = (float) (0.02 * random.nextGaussian());
                max = Math.max(max, Math.abs(x[i]));
            }
            for (int i = b; i < b + 64; i++) {
                double least = Double.MAX_VALUE;
                for (float v : values) {
                    double d = x[i] - max * v / (type == TensorType.NF4 ? 1 : 12);
                    least = Math.min(least, d * d);
                }
                expected += least;
                square += (double) x[i] * x[i];
            }
        }
        byte[] bytes = new byte[(int) type.bytes(n)];
        requireNonNull(Codecs.encoder(type)).encode(x, 0, n, MemorySegment.ofArray(bytes), 0);
        float[] y = new float[n];
        Codecs.require(type).decode(MemorySegment.ofArray(bytes), 0, y, 0, n);
        double actual = 0;
        for (int i = 0; i < n; i++) {
            actual += (x[i] - y[i]) * (double) (x[i] - y[i]);
        }
        assertEquals(1, actual / expected, 1e-4);
        // Relative root mean squares, block 64: NF4 0.094, FP4 0.120.
        assertEquals(type == TensorType.NF4 ? 0.094 : 0.120, Math.sqrt(actual / square), 0.003);
    }

    /** bitsandbytes' dynamic map, values computed by hand from its definition. */
    @Test
    void dynamicTypeHas256Values() {
        float[] v = NestedScales.values();
        assertEquals(256, Arrays.stream(box(v)).distinct().count());
        assertEquals(1f, v[255]);
        assertEquals((float) 0.99296875, v[254]);
        assertEquals((float) -0.99296875, v[0]);
        assertEquals(0f, v[127]);
        assertEquals(5.5e-7f, v[128]);
        assertEquals(-5.5e-7f, v[126]);
        assertEquals(3.25e-6f, v[129]);
        assertEquals(7.75e-6f, v[130]);
    }

    private static Float[] box(float[] v) {
        Float[] boxed = new Float[v.length];
        Arrays.setAll(boxed, i -> v[i]);
        return boxed;
    }

    @Test
    void secondLevelTakesAnEighthOfABitAndLittleError() {
        assertEquals(4.5, TensorType.NF4.bitsPerWeight());
        assertEquals(4 + 8 / 64.0 + 32 / (64.0 * 256), TensorType.NF4_DQ.bitsPerWeight());
        assertEquals(4.127, TensorType.NF4_DQ.bitsPerWeight(), 5e-4);
        Random random = new Random(3);
        float[] absmax = new float[1000];
        for (int i = 0; i < absmax.length; i++) {
            absmax[i] = 0.05f + 0.01f * (float) random.nextGaussian();
        }
        byte[] codes = new byte[absmax.length];
        NestedScales scales = NestedScales.of(absmax, codes);
        assertEquals(4 * (1 + 4), scales.constants().byteSize());
        for (int i = 0; i < absmax.length; i++) {
            // Half the widest step of the type, 0.9/64, of the group's largest deviation, here at most 0.05.
            assertEquals(absmax[i], scales.absmax(i, codes[i]), 0.05 * 0.9 / 128 + 1e-7);
            assertEquals(scales.absmax(i, codes[i]), scales.from(i).absmax(0, codes[i]));
        }
    }
}
