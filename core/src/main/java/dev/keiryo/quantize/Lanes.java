package dev.keiryo.quantize;

import dev.keiryo.kernel.LaneSums;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Many runs of weights side by side, a lane each, with the sums that tell how well a scale and a minimum fit a run. Written
 * plainly, and the definition, to the bit, of what {@link VectorLanes} and {@link EmittedLanes} compute quickly.
 *
 * <p>With t = round((x + shift)·inverse) for a lane's weights x of importance w, {@link #measure} gives Σw·t, Σw·t² and
 * Σw·x·t, so that the error Σw·(x - (a·t - b))² of any a and b follows without going through the weights again.
 */
sealed class Lanes permits VectorLanes, EmittedLanes {
    /** Runs at a time: enough for the loops to be long, few enough for a core's nearest caches. */
    static final int COUNT = 128;

    final int size;
    /** Lanes in use. */
    int count;
    /** Whether all weights in the lanes are of the same importance. */
    boolean alike;
    /** Whether {@link #w} is 1 everywhere. */
    boolean ones;

    /** {@code Σw, Σw·x, Σw·x²} of each lane. */
    final float[] weight = new float[COUNT];

    final float[] linear = new float[COUNT];
    final float[] square = new float[COUNT];

    /** {@code Σw·t, Σw·t², Σw·x·t} of each lane after {@link #measure}. */
    final float[] t = new float[COUNT];

    final float[] tt = new float[COUNT];
    final float[] xt = new float[COUNT];

    private final Grid grid;
    /** {@code [size, COUNT]}. */
    final float[] x;

    final float[] w;
    private final float[] rounded = new float[COUNT];
    /** Of {@link #tryAll}. */
    final float[] inverse = new float[COUNT];

    /** @param size weights of a run */
    Lanes(int size, Grid grid) {
        this.size = size;
        this.grid = grid;
        this.x = new float[size * COUNT];
        this.w = new float[size * COUNT];
    }

    /** Lanes that compute as fast as this machine can. */
    static Lanes of(int size, Grid grid) {
        if (LaneSums.isPossible()) {
            return new EmittedLanes(size, grid);
        }
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                ? new VectorLanes(size, grid)
                : new Lanes(size, grid);
    }

    /** Takes {@code lanes} runs from {@code in[at]} on, and their importance from {@code importance[at]} on; null: 1. */
    void load(float[] in, int at, float @Nullable [] importance, int lanes) {
        count = lanes;
        alike = importance == null;
        transpose(in, at, x);
        if (importance != null) {
            transpose(importance, at, w);
            ones = false;
        } else if (!ones) {
            Arrays.fill(w, 1);
            ones = true;
        }
        sumUp();
    }

    /** Fills in {@link #weight}, {@link #linear} and {@link #square}. */
    void sumUp() {
        Arrays.fill(weight, 0);
        Arrays.fill(linear, 0);
        Arrays.fill(square, 0);
        for (int i = 0; i < size; i++) {
            int row = i * COUNT;
            for (int l = 0; l < COUNT; l++) {
                float wx = w[row + l] * x[row + l];
                weight[l] += w[row + l];
                linear[l] += wx;
                square[l] += wx * x[row + l];
            }
        }
    }

    private void transpose(float[] in, int at, float[] out) {
        for (int i = 0; i < size; i++) {
            for (int l = 0; l < count; l++) {
                out[i * COUNT + l] = in[at + l * size + i];
            }
        }
    }

    /** The least and the greatest weight of each lane. */
    void range(float[] least, float[] most) {
        System.arraycopy(x, 0, least, 0, COUNT);
        System.arraycopy(x, 0, most, 0, COUNT);
        for (int i = 1; i < size; i++) {
            int row = i * COUNT;
            for (int l = 0; l < COUNT; l++) {
                least[l] = Math.min(least[l], x[row + l]);
                most[l] = Math.max(most[l], x[row + l]);
            }
        }
    }

    /** Rounds all weights and sums up. */
    void measure(float[] inverse, float[] shift) {
        Arrays.fill(t, 0);
        Arrays.fill(tt, 0);
        Arrays.fill(xt, 0);
        for (int i = 0; i < size; i++) {
            round(i, inverse, shift);
            add(i * COUNT);
        }
    }

    private void round(int i, float[] inverse, float[] shift) {
        int row = i * COUNT;
        for (int l = 0; l < COUNT; l++) {
            rounded[l] = (x[row + l] + shift[l]) * inverse[l];
        }
        grid.round(rounded, COUNT);
    }

    private void add(int row) {
        for (int l = 0; l < COUNT; l++) {
            float wt = w[row + l] * rounded[l];
            t[l] += wt;
            tt[l] = Math.fma(wt, rounded[l], tt[l]);
            xt[l] = Math.fma(wt, x[row + l], xt[l]);
        }
    }

    /** {@link #measure} with the inverse {@code to·unit} for each of {@code numbers}, and {@link #takeBetter(float[], float[])}. The sums are of no use then. */
    void tryAll(float[] numbers, float[] unit, float[] shift, float[] gain, float[] scale) {
        for (float to : numbers) {
            multiply(to, unit, inverse);
            measure(inverse, shift);
            takeBetter(gain, scale);
        }
    }

    /** The same with minima. */
    void tryAll(float[] numbers, float[] unit, float[] shift, float[] gain, float[] scale, float[] minimum) {
        for (float to : numbers) {
            multiply(to, unit, inverse);
            measure(inverse, shift);
            takeBetter(gain, scale, minimum);
        }
    }

    static void multiply(float by, float[] x, float[] y) {
        for (int l = 0; l < COUNT; l++) {
            y[l] = by * x[l];
        }
    }

    /**
     * Where the best scale, Σw·x·t / Σw·t², takes more off the error than {@code gain}, which is (Σw·x·t)² / Σw·t²: puts both
     * into their places.
     */
    void takeBetter(float[] gain, float[] scale) {
        for (int l = 0; l < COUNT; l++) {
            if (xt[l] * xt[l] > gain[l] * tt[l]) {
                gain[l] = xt[l] * xt[l] / tt[l];
                scale[l] = xt[l] / tt[l];
            }
        }
    }

    /**
     * The same with minima, where all weights are alike. With t and x less their means t̄ and x̄, the best scale is
     * {@code a = Σx·t / Σt²}, takes {@code (Σx·t)² / Σt²} off the error that x̄ alone leaves, and goes with the minimum
     * {@code a·t̄ - x̄}.
     */
    void takeBetter(float[] gain, float[] scale, float[] minimum) {
        float part = 1f / size;
        for (int l = 0; l < COUNT; l++) {
            float meanT = t[l] * part;
            float centredXt = xt[l] - linear[l] * meanT;
            float centredTt = tt[l] - t[l] * meanT;
            if (centredXt * centredXt > gain[l] * centredTt) {
                gain[l] = centredXt * centredXt / centredTt;
                scale[l] = centredXt / centredTt;
                minimum[l] = scale[l] * meanT - linear[l] * part;
            }
        }
    }

    /** {@code Σw·(x - (a·t - b))²} of a lane, as measured. */
    double error(int lane, double a, double b) {
        return square[lane]
                + a * a * tt[lane]
                + b * b * weight[lane]
                - 2 * (a * xt[lane] + a * b * t[lane] - b * linear[lane]);
    }

    /** Writes each weight's code, run after run, to {@code out}. */
    void codes(float[] inverse, float[] shift, int[] out) {
        for (int i = 0; i < size; i++) {
            round(i, inverse, shift);
            for (int l = 0; l < count; l++) {
                out[l * size + i] = grid.code(rounded[l]);
            }
        }
    }
}
