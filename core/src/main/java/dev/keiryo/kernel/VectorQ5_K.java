package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q5_K. */
final class VectorQ5_K extends PanelQuants {
    private static final int PART = PanelChunk.PART;
    private static final int LOWEST_BITS = 0x01010101;

    VectorQ5_K() {
        super(false);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        VectorQ4_K.sixBits(w, at, out);
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            long quants = at + 48 * ROWS + 32L * ROWS * (p / 2);
            for (int i = 0; i < PART; i += LANES) {
                IntVector nibbles = Lanes.ints(w, quants + 4L * i).lanewise(VectorOperators.LSHR, p % 2 * 4);
                IntVector fifths = Lanes.ints(w, at + 16 * ROWS + 4L * i).lanewise(VectorOperators.LSHR, p);
                fifths.and(LOWEST_BITS)
                        .lanewise(VectorOperators.LSHL, 4)
                        .or(nibbles.and(NIBBLES))
                        .intoArray(out.quants, p * PART + i);
            }
        }
    }
}
