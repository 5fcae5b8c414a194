package dev.keiryo.quantize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.BlockCodec;
import dev.keiryo.tensor.Codecs;
import dev.keiryo.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntegerQuantizerTest {
    private static final int COLS = 512;

    private static float[] recoded(TensorType type, int group, float[] x) {
        byte[] out = new byte[(int) type.bytes(x.length)];
        IntegerQuantizer quantizer = new IntegerQuantizer(type, group);
        for (int row = 0; row < x.length / COLS; row++) {
            quantizer.encode(x, row * COLS, COLS, MemorySegment.ofArray(out), type.bytes((long) row * COLS));
        }
        float[] y = new float[x.length];
        Codecs.require(type).decode(MemorySegment.ofArray(out), 0, y, 0, y.length);
        return y;
    }

    /** Whole numbers of d within each group, as few of them as there are codes, each weight the nearest to it. */
    @ParameterizedTest
    @CsvSource({
        "Q4_0, 14, 0",
        "Q4_0, 14, 32",
        "Q4_0, 14, 64",
        "Q4_0, 14, 128",
        "Q8_0, 254, 0",
        "Q8_0, 254, 128",
        "Q4_1, 15, 0",
        "Q4_1, 15, 32",
        "Q4_1, 15, 128",
        "INT8, 255, 0",
        "INT8, 255, 64"
    })
    void groupsShareAGrid(TensorType type, int steps, int group) {
        Random random = new Random(group + steps);
        float[] x = new float[6 * COLS];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (0.02 * random.nextGaussian() + (i / COLS % 3 - 1) * 0.03);
        }
        float[] y = recoded(type, group, x);
        boolean zeroPoint = type == TensorType.Q4_1 || type == TensorType.INT8;
        int size = group == 0 ? COLS : group;
        for (int from = 0; from < x.length; from += size) {
            double least = 0;
            double most = 0;
            for (int i = from; i < from + size; i++) {
                least = Math.min(least, x[i]);
                most = Math.max(most, x[i]);
            }
            double step = zeroPoint ? (most - least) / steps : 2 * Math.max(most, -least) / steps;
            double squares = 0;
            for (int i = from; i < from + size; i++) {
                // The grid's own d is step rounded to float16, or to seven bits; its ends may lie half a step off.
                double codes = Math.max(Math.abs(least), most) / step;
                assertEquals(x[i], y[i], step * (0.5 + codes / 128 + (zeroPoint ? 0.5 : 0)), type + " " + i);
                squares += (x[i] - y[i]) * (double) (x[i] - y[i]);
            }
            // Rounding to steps costs step²/12.
            if (size == COLS) {
                assertEquals(1, squares / size / (step * step / 12), 0.15);
            }
        }
    }

    /** Of each row: the distances between decoded weights are whole multiples of one number, to the bit. */
    @Test
    void zeroPointsAreExact() {
        Random random = new Random(5);
        for (TensorType type : new TensorType[] {TensorType.Q4_1, TensorType.INT8}) {
            float[] x = new float[COLS];
            for (float scale : new float[] {1, 1e-3f, 3e-6f, 900}) {
                for (int i = 0; i < COLS; i++) {
                    x[i] = i % 7 == 0 ? 0 : scale * (float) (random.nextGaussian() + 0.4);
                }
                byte[] out = new byte[(int) type.bytes(COLS)];
                new IntegerQuantizer(type, 0).encode(x, 0, COLS, MemorySegment.ofArray(out), 0);
                BlockCodec codec = Objects.requireNonNull(Codecs.block(type));
                float d = codec.scale(MemorySegment.ofArray(out), 0, 0);
                float[] y = new float[COLS];
                codec.decode(MemorySegment.ofArray(out), 0, y, 0, COLS);
                for (int i = 0; i < COLS; i++) {
                    assertEquals(Math.rint((double) y[i] / d), (double) y[i] / d, type + " " + scale);
                    if (x[i] == 0) {
                        assertEquals(0f, y[i], 0f);
                    }
                }
            }
        }
    }

    @Test
    void smallAndOddNumbersStayFinite() {
        for (TensorType type : new TensorType[] {TensorType.Q4_0, TensorType.Q8_0, TensorType.Q4_1, TensorType.INT8}) {
            for (float v : new float[] {0, Float.MIN_VALUE, 1e-9f, -1e-7f, 1e30f, -65504}) {
                float[] x = new float[COLS];
                x[3] = v;
                for (float y : recoded(type, 128, x)) {
                    assertTrue(Float.isFinite(y), type + " of " + v);
                }
            }
        }
        assertThrows(IllegalArgumentException.class, () -> new IntegerQuantizer(TensorType.Q4_0, 48));
        assertThrows(IllegalArgumentException.class, () -> new IntegerQuantizer(TensorType.Q5_0, 32));
    }
}
