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
    void unpack(MemorySegment w, long at, int parts, PanelChunk out) {
        VectorQ4_K.scales(w, at, out);
        for (int pair = 0; pair < 4; pair++) {
            long quants = at + 48 * ROWS + 32L * ROWS * pair;
            for (int i = 0; i < PART; i += LANES) {
                IntVector v = Lanes.ints(w, quants + 4L * i);
                IntVector fifths = Lanes.ints(w, at + 16 * ROWS + 4L * i).lanewise(VectorOperators.LSHR, 2 * pair);
                IntVector low = fifths.and(LOWEST_BITS).lanewise(VectorOperators.LSHL, 4);
                IntVector high = fifths.lanewise(VectorOperators.LSHR, 1)
                        .and(LOWEST_BITS)
                        .lanewise(VectorOperators.LSHL, 4);
                v.and(NIBBLES).or(low).intoArray(out.quants, 2 * pair * PART + i);
                v.lanewise(VectorOperators.LSHR, 4)
                        .and(NIBBLES)
                        .or(high)
                        .intoArray(out.quants, (2 * pair + 1) * PART + i);
            }
        }
    }
}
