package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q2_K. */
final class VectorQ2_K extends PanelQuants {
    VectorQ2_K() {
        super(false);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        nibbles(w, at + 80 * ROWS, at, 0, 1, out.scales);
        nibbles(w, at + 82 * ROWS, at, 4, -1, out.offsets);
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int half = 0; half < 2; half++) {
            long quants = at + 16 * ROWS + 32L * ROWS * half;
            int to = half * 4 * PanelChunk.PART;
            for (int i = 0; i < PanelChunk.PART; i += LANES) {
                IntVector v = Lanes.ints(w, quants + 4L * i);
                for (int p = 0; p < 4; p++) {
                    v.lanewise(VectorOperators.LSHR, 2 * p)
                            .and(0x03030303)
                            .intoArray(out.quants, to + p * PanelChunk.PART + i);
                }
            }
        }
    }

    /** {@code sign·d·code}, the codes being nibbles {@code shift} bits up in their bytes. */
    private static void nibbles(MemorySegment w, long d, long codes, int shift, float sign, float[] out) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector scale = Lanes.halves(w, d + 2L * r).mul(sign);
            for (int four = 0; four < 4; four++) {
                IntVector v = Lanes.ints(w, codes + 4L * ROWS * four + 4L * r).lanewise(VectorOperators.LSHR, shift);
                for (int i = 0; i < 4; i++) {
                    scaled(scale, v.and(15)).intoArray(out, (4 * four + i) * ROWS + r);
                    v = v.lanewise(VectorOperators.LSHR, 8);
                }
            }
        }
    }
}
