package dev.keiryo.synth;

/**
 * The standard normal distribution by its 2^16 quantiles {@code Φ⁻¹((i + ½)/2^16)}, scaled to unit variance: four draws
 * from 64 random bits, the same on every machine.
 */
final class NormalTable {
    private static final int SIZE = 1 << 16;
    private static final float[] QUANTILES = quantiles();

    private NormalTable() {}

    /** Fills {@code out[0 … count)} with independent values of the given standard deviation. */
    static void fill(RandomBits random, float std, float[] out, int count) {
        long bits = 0;
        for (int i = 0; i < count; i++) {
            bits = (i & 3) == 0 ? random.next() : bits >>> 16;
            out[i] = std * QUANTILES[(int) bits & 0xFFFF];
        }
    }

    /** Integrates {@code dx/dp = √(2π)·e^(x²/2)} from {@code x(½) = 0} by Runge and Kutta's fourth-order method. */
    private static float[] quantiles() {
        int half = SIZE / 2;
        double[] x = new double[half];
        double at = step(0, 0.5 / SIZE);
        double squares = 0;
        for (int i = 0; i < half; i++) {
            x[i] = at;
            squares += at * at;
            // Smaller steps towards the tail, where the slope is steep.
            for (int k = 0; k < 8; k++) {
                at = step(at, 1.0 / SIZE / 8);
            }
        }
        double scale = 1 / Math.sqrt(squares / half);
        float[] all = new float[SIZE];
        for (int i = 0; i < half; i++) {
            all[half + i] = (float) (scale * x[i]);
            all[half - 1 - i] = -all[half + i];
        }
        return all;
    }

    private static double step(double x, double dp) {
        double k1 = slope(x);
        double k2 = slope(x + dp / 2 * k1);
        double k3 = slope(x + dp / 2 * k2);
        double k4 = slope(x + dp * k3);
        return x + dp / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }

    private static double slope(double x) {
        return Math.sqrt(2 * Math.PI) * StrictMath.exp(x * x / 2);
    }
}
