package dev.keiryo.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HadamardTest {
    /** Products stay, and the inverse gives back what there was, for any number of dimensions. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 20, 32, 48, 64, 80, 96, 128, 256})
    void isOrthogonal(int dim) {
        Random random = new Random(dim);
        try (Arena arena = Arena.ofConfined()) {
            Matrix x = Matrix.zeros(arena, 3, 2 * dim);
            Matrix y = Matrix.zeros(arena, 3, 2 * dim);
            for (int i = 0; i < 6 * dim; i++) {
                x.put(i / (2 * dim), i % (2 * dim), (float) random.nextGaussian());
            }
            float[] room = new float[dim];
            for (int row = 0; row < 3; row++) {
                Hadamard.transform(x, y, row, dim, false, room);
            }
            for (int head = 0; head < 2; head++) {
                assertEquals(product(x, head, dim), product(y, head, dim), 1e-4 * dim);
            }
            for (int row = 0; row < 3; row++) {
                Hadamard.transform(y, y, row, dim, true, room);
                for (int c = 0; c < 2 * dim; c++) {
                    assertEquals(x.get(row, c), y.get(row, c), 1e-5);
                }
            }
        }
    }

    private static double product(Matrix x, int head, int dim) {
        double sum = 0;
        for (int i = head * dim; i < (head + 1) * dim; i++) {
            sum += (double) x.get(0, i) * x.get(2, i);
        }
        return sum;
    }

    /** One dimension, or all of them alike: afterwards none has more than a share. */
    @Test
    void spreadsWhatStandsOut() {
        float[] single = new float[64];
        single[17] = 8;
        Hadamard.transform(single, 64, false);
        for (float x : single) {
            assertEquals(1, Math.abs(x), 1e-6);
        }
        float[] alike = new float[64];
        java.util.Arrays.fill(alike, 1);
        Hadamard.transform(alike, 64, false);
        for (float x : alike) {
            assertTrue(Math.abs(x) <= 4, "" + x);
        }
    }
}
