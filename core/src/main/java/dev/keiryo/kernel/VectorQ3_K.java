package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q3_K. */
final class VectorQ3_K extends PanelQuants {
    VectorQ3_K() {
        super(false);
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int half = 0; half < 2; half++) {
            long quants = at + 32 * ROWS + 32L * ROWS * half;
            int to = half * 4 * PanelChunk.PART;
            for (int i = 0; i < PanelChunk.PART; i += LANES) {
                IntVector v = Lanes.ints(w, quants + 4L * i);
                IntVector thirds = Lanes.ints(w, at + 4L * i).lanewise(VectorOperators.LSHR, 4 * half);
                for (int p = 0; p < 4; p++) {
                    IntVector low = v.lanewise(VectorOperators.LSHR, 2 * p).and(0x03030303);
                    IntVector third = thirds.lanewise(VectorOperators.LSHR, p)
                            .and(0x01010101)
                            .lanewise(VectorOperators.LSHL, 2);
                    less(low.or(third), 4).intoArray(out.quants, to + p * PanelChunk.PART + i);
                }
            }
        }
    }

    /** {@code d·(code - 32)}, the code's low nibbles and high pairs of bits in fields of their own. */
    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        long codes = at + 96 * ROWS;
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector d = Lanes.halves(w, at + 108 * ROWS + 2L * r);
            IntVector tops = Lanes.ints(w, codes + 8 * ROWS + 4L * r);
            for (int run = 0; run < 16; run++) {
                IntVector low = Lanes.ints(w, codes + 4L * ROWS * (run / 4 % 2) + 4L * r)
                        .lanewise(VectorOperators.LSHR, run % 4 * 8 + run / 8 * 4)
                        .and(15);
                IntVector high = tops.lanewise(VectorOperators.LSHR, run % 4 * 8 + run / 4 * 2)
                        .and(3)
                        .lanewise(VectorOperators.LSHL, 4);
                scaled(d, low.or(high).sub(32)).intoArray(out.scales, run * ROWS + r);
            }
        }
    }
}
