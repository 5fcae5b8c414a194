package dev.keiryo.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.keiryo.tensor.Matrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationRangeTest {
    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(20261126);

    @AfterEach
    void close() {
        arena.close();
    }

    /** Normal, and some numbers much larger. */
    private Matrix inputs(int rows, int cols, double outliers) {
        Matrix x = Matrix.zeros(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                x.put(r, c, (float) (random.nextGaussian() * (random.nextInt(2000) == 0 ? outliers : 1)));
            }
        }
        return x;
    }

    private static double[] magnitudes(Matrix x) {
        double[] all = new double[x.rows() * x.cols()];
        for (int i = 0; i < all.length; i++) {
            all[i] = Math.abs(x.get(i / x.cols(), i % x.cols()));
        }
        Arrays.sort(all);
        return all;
    }

    private static double error(double[] magnitudes, double d) {
        double sum = 0;
        for (double v : magnitudes) {
            sum += Math.pow(v - d * Math.min(127, Math.rint(v / d)), 2);
        }
        return sum;
    }

    @Test
    void maxHoldsAll() {
        Matrix x = inputs(50, 64, 30);
        double[] all = magnitudes(x);
        assertEquals((float) all[all.length - 1] / 127, ActivationRange.MAX.scale(x));
    }

    /** To a 65536th of the largest. */
    @ParameterizedTest
    @ValueSource(doubles = {90, 99, 99.9, 99.99, 100})
    void percentilesHoldTheirShare(double percent) {
        Matrix x = inputs(300, 64, 30);
        double[] all = magnitudes(x);
        double t = ActivationRange.parse(Double.toString(percent)).scale(x) * 127.0;
        int index = (int) Math.ceil(percent / 100 * all.length) - 1;
        double bin = all[all.length - 1] / 65536;
        assertEquals(all[index], t, 1.01 * bin + 1e-6);
    }

    /** No other scale has a smaller error: among many, by exact sums. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 8, 60, 2000})
    void mseHasTheLeastError(double outliers) {
        Matrix x = inputs(300, 64, outliers);
        double[] all = magnitudes(x);
        double most = all[all.length - 1];
        double found = error(all, ActivationRange.MSE.scale(x));
        for (int i = 1; i <= 400; i++) {
            double t = most * Math.pow(2, -i / 50.0);
            assertTrue(found < 1.05 * error(all, t / 127), "t = " + t + " of " + most);
        }
        assertTrue(found <= error(all, most / 127) * 1.0001);
    }

    @Test
    void takesWhatIsNothingOrHuge() {
        Matrix x = Matrix.zeros(arena, 3, 5);
        for (ActivationRange range :
                new ActivationRange[] {ActivationRange.MAX, ActivationRange.MSE, ActivationRange.parse("99")}) {
            assertEquals(1, range.scale(x));
        }
        x.put(1, 1, 0x1p-145f);
        assertEquals(Float.MIN_NORMAL, ActivationRange.MSE.scale(x));
        x.put(1, 1, Float.MAX_VALUE);
        assertEquals(Float.MAX_VALUE / 127, ActivationRange.MSE.scale(x), 0x1p100f);
        for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            x.put(2, 2, bad);
            assertThrows(IllegalArgumentException.class, () -> ActivationRange.MAX.scale(x));
        }
    }

    @Test
    void readsWhatItPrints() {
        for (String text : new String[] {"max", "mse", "99.99"}) {
            assertEquals(text, ActivationRange.parse(text).toString());
        }
        for (String text : new String[] {"", "min", "0", "50", "101", "NaN", "-1"}) {
            assertThrows(IllegalArgumentException.class, () -> ActivationRange.parse(text));
        }
    }
}
