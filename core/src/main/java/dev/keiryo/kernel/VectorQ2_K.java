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
    void unpack(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector d = Lanes.halves(w, at + 80 * ROWS + 2L * r);
            FloatVector min = Lanes.halves(w, at + 82 * ROWS + 2L * r);
            for (int run = 0; run < 16; run++) {
                IntVector codes =
                        Lanes.ints(w, at + 4L * ROWS * (run / 4) + 4L * r).lanewise(VectorOperators.LSHR, run % 4 * 8);
                scaled(d, codes.and(15)).intoArray(out.scales, run * ROWS + r);
                IntVector minimum = codes.lanewise(VectorOperators.LSHR, 4).and(15);
                scaled(min, minimum).neg().intoArray(out.offsets, run * ROWS + r);
            }
        }
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
}
