package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Up to 256 columns of a panel, unpacked. Arrays are laid out as panels are: the index of the row is the innermost. */
final class PanelChunk {
    /** Parts of 32 columns. */
    static final int PARTS = 8;
    /** From one part to the next in {@link #quants}. */
    static final int PART = 8 * Panels.ROWS;

    private static final int RUNS = 2;

    /** {@code [part][8][row]}: an int is four columns' quants, each less its format's zero, as signed bytes. */
    final int[] quants = new int[PARTS * PART];
    /** {@code [part][2][row]}: where a part is one run, the second is unused. */
    final float[] scales = new float[PARTS * RUNS * Panels.ROWS];
    /** {@code [part][2][row]}, of formats that have them. */
    final float[] offsets = new float[PARTS * RUNS * Panels.ROWS];

    /** Where a run begins in {@link #scales} and {@link #offsets}. */
    static int run(int part, int run) {
        return (part * RUNS + run) * Panels.ROWS;
    }

    /**
     * Writes the quants of {@code parts} as float32: {@code out[at + stride·column + row]}.
     */
    void numbers(int parts, float[] out, int at, int stride) {
        for (int i = 0; i < parts * PART; i += LANES) {
            IntVector v = IntVector.fromArray(Lanes.I, quants, i);
            int to = at + i / Panels.ROWS * 4 * stride + i % Panels.ROWS;
            column(v, 24).intoArray(out, to);
            column(v, 16).intoArray(out, to + stride);
            column(v, 8).intoArray(out, to + 2 * stride);
            column(v, 0).intoArray(out, to + 3 * stride);
        }
    }

    /** Writes the weights themselves, as codecs decode them: {@code out[at + stride·column + row]}. */
    void weights(int parts, int run, boolean hasOffset, float[] out, int at, int stride) {
        for (int i = 0; i < parts * PART; i += LANES) {
            IntVector v = IntVector.fromArray(Lanes.I, quants, i);
            int index = i / PART * RUNS + (run == 16 ? i % PART / (PART / 2) : 0);
            int row = i % Panels.ROWS;
            FloatVector scale = FloatVector.fromArray(Lanes.F, scales, index * Panels.ROWS + row);
            FloatVector offset = hasOffset
                    ? FloatVector.fromArray(Lanes.F, offsets, index * Panels.ROWS + row)
                    // Adding it changes nothing, not even the sign of zero.
                    : FloatVector.broadcast(Lanes.F, -0f);
            int to = at + i / Panels.ROWS * 4 * stride + row;
            column(v, 24).mul(scale).add(offset).intoArray(out, to);
            column(v, 16).mul(scale).add(offset).intoArray(out, to + stride);
            column(v, 8).mul(scale).add(offset).intoArray(out, to + 2 * stride);
            column(v, 0).mul(scale).add(offset).intoArray(out, to + 3 * stride);
        }
    }

    /** The signed byte that {@code shift} moves to the top. */
    private static FloatVector column(IntVector v, int shift) {
        return Lanes.toFloat(v.lanewise(VectorOperators.LSHL, shift).lanewise(VectorOperators.ASHR, 24));
    }
}
