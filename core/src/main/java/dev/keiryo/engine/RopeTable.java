package dev.keiryo.engine;

import dev.keiryo.checkpoint.Checkpoint.RopeLayout;
import dev.keiryo.model.Rope;
import dev.keiryo.tensor.Matrix;
import java.util.Arrays;

/** The cosines and sines of one {@link Rope}, position by position, computed as far as they were needed. */
final class RopeTable {
    private final Rope rope;
    private final int pairs;
    private float[] cos = {};
    private float[] sin = {};
    private int positions;

    RopeTable(Rope rope) {
        this.rope = rope;
        this.pairs = rope.frequencies().length;
    }

    /** Computes all positions up to {@code last}. Not thread-safe. */
    void reach(int last) {
        if (last < positions) {
            return;
        }
        int grown = Math.max(last + 1, positions + positions / 2);
        cos = Arrays.copyOf(cos, grown * pairs);
        sin = Arrays.copyOf(sin, grown * pairs);
        for (int p = positions; p < grown; p++) {
            for (int i = 0; i < pairs; i++) {
                double angle = (double) p * rope.frequencies()[i];
                cos[p * pairs + i] = (float) (Math.cos(angle) * rope.magnitude());
                sin[p * pairs + i] = (float) (Math.sin(angle) * rope.magnitude());
            }
        }
        positions = grown;
    }

    /** Writes row {@code row} of {@code x}, each head rotated for {@code position}, to the same row of {@code y}. */
    void rotate(Matrix x, Matrix y, int row, int position) {
        int head = rope.headDim();
        boolean interleaved = rope.layout() == RopeLayout.INTERLEAVED;
        int step = interleaved ? 2 : 1;
        int other = interleaved ? 1 : pairs;
        for (int h = 0; h < x.cols(); h += head) {
            for (int i = 0; i < pairs; i++) {
                float c = cos[position * pairs + i];
                float s = sin[position * pairs + i];
                float a = x.get(row, h + i * step);
                float b = x.get(row, h + i * step + other);
                y.put(row, h + i * step, a * c - b * s);
                y.put(row, h + i * step + other, a * s + b * c);
            }
            for (int d = 2 * pairs; d < head; d++) {
                y.put(row, h + d, x.get(row, h + d));
            }
        }
    }
}
