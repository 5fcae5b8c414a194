package dev.keiryo.quantize;

import java.util.Random;

/** Weights as the recorded errors were measured on: 64 rows of 1024, from seed 1. */
final class SampleWeights {
    static final int ROWS = 64;
    static final int COLS = 1024;

    private SampleWeights() {}

    static float[] of(String kind) {
        Random random = new Random(1);
        float[] x = new float[ROWS * COLS];
        for (int i = 0; i < x.length; i++) {
            double g = random.nextGaussian();
            x[i] = (float)
                    switch (kind) {
                        case "normal" -> 0.02 * g;
                        case "heavy" -> 0.02 * g * Math.exp(random.nextGaussian());
                        case "uniform" -> 0.02 * (random.nextDouble() * 2 - 1);
                        default -> throw new IllegalArgumentException(kind);
                    };
        }
        return x;
    }

    /** The importance of each column. */
    static float[] importance() {
        Random random = new Random(2);
        float[] columns = new float[COLS];
        for (int i = 0; i < COLS; i++) {
            columns[i] = (float) Math.exp(2 * random.nextGaussian());
        }
        return columns;
    }

    /** The same for every row. */
    static float[] repeated(float[] columns) {
        float[] all = new float[ROWS * COLS];
        for (int i = 0; i < all.length; i++) {
            all[i] = columns[i % COLS];
        }
        return all;
    }

    /** {@code √(Σw·(x - y)² / Σw·x²)}. */
    static double error(float[] x, float[] y, float[] w) {
        double sum = 0;
        double all = 0;
        for (int i = 0; i < x.length; i++) {
            double d = (double) x[i] - y[i];
            sum += w[i] * d * d;
            all += w[i] * (double) x[i] * x[i];
        }
        return Math.sqrt(sum / all);
    }
}
