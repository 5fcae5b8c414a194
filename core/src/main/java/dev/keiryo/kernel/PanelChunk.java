package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Up to 256 columns of one or several panels side by side, unpacked. Arrays are laid out as panels are: the index of the
 * row is the innermost, and {@link #rows} is from one column, or run, to the next.
 */
final class PanelChunk {
    /** Parts of 32 columns. */
    static final int PARTS = 8;
    /** Pairs of columns in a part. */
    static final int PAIRS = 16;

    /** Runs of a part: where there is one, the second is unused. */
    private static final int RUNS = 2;

    /** Rows of all panels. */
    final int rows;
    /**
     * {@code [part][16][row][2]}: two columns' quants, each less its format's zero: of four columns from 4j on the first
     * and the third at 2j, the others at 2j + 1.
     */
    final short[] pairs;
    /** {@code [part][2][row]}. */
    final float[] scales;
    /** {@code [part][2][row]}, of formats that have them. */
    final float[] offsets;
    /** {@code [2][row]}: what a large block's scales and offsets are multiplied by. */
    final float[] bases;

    PanelChunk(int panels) {
        rows = panels * Panels.ROWS;
        pairs = new short[PARTS * PAIRS * 2 * rows];
        scales = new float[PARTS * RUNS * rows];
        offsets = new float[PARTS * RUNS * rows];
        bases = new float[2 * rows];
    }

    /** Where in {@link #pairs} the pair {@code i} of a part begins, for the rows from {@code row} on. */
    int pair(int part, int i, int row) {
        return 2 * ((part * PAIRS + i) * rows + row);
    }

    /** Where a run begins in {@link #scales} and {@link #offsets}. */
    int run(int part, int run) {
        return (part * RUNS + run) * rows;
    }

    /** Writes the quants of {@code parts} as float32, {@code out[column][row]}. */
    void numbers(int parts, float[] out) {
        for (int i = 0; i < parts * PAIRS; i++) {
            int column = i / 2 * 4 + i % 2;
            for (int r = 0; r < rows; r += LANES) {
                IntVector v = ShortVector.fromArray(Lanes.S, pairs, 2 * (i * rows + r))
                        .reinterpretAsInts();
                IntVector first = v.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
                IntVector third = v.lanewise(VectorOperators.ASHR, 16);
                ((FloatVector) first.convertShape(VectorOperators.I2F, Lanes.F, 0)).intoArray(out, column * rows + r);
                ((FloatVector) third.convertShape(VectorOperators.I2F, Lanes.F, 0))
                        .intoArray(out, (column + 2) * rows + r);
            }
        }
    }

    /** Writes the weights themselves, as codecs decode them, {@code out[column][row]}. */
    void weights(int parts, int run, boolean hasOffset, float[] out) {
        numbers(parts, out);
        for (int c = 0; c < parts * Activations.BLOCK; c++) {
            int scale = run(c / Activations.BLOCK, c % Activations.BLOCK / run);
            if (hasOffset) {
                scale(out, c * rows, scale);
                add(out, c * rows, scale);
            } else {
                scale(out, c * rows, scale);
            }
        }
    }

    private void scale(float[] out, int at, int run) {
        for (int r = 0; r < rows; r += LANES) {
            FloatVector.fromArray(Lanes.F, out, at + r)
                    .mul(FloatVector.fromArray(Lanes.F, scales, run + r))
                    .intoArray(out, at + r);
        }
    }

    private void add(float[] out, int at, int run) {
        for (int r = 0; r < rows; r += LANES) {
            FloatVector.fromArray(Lanes.F, out, at + r)
                    .add(FloatVector.fromArray(Lanes.F, offsets, run + r))
                    .intoArray(out, at + r);
        }
    }
}
