package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q6_K. */
final class VectorQ6_K extends PanelQuants {
    private static final int PART = PanelChunk.PART;
    private static final int PAIRS = 0x03030303;

    VectorQ6_K() {
        super(false);
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            long low = at + 64L * ROWS * (p / 4) + 32L * ROWS * (p % 2);
            long high = at + 128 * ROWS + 32L * ROWS * (p / 4);
            for (int i = 0; i < PART; i += LANES) {
                IntVector nibbles = Lanes.ints(w, low + 4L * i).lanewise(VectorOperators.LSHR, p / 2 % 2 * 4);
                IntVector tops = Lanes.ints(w, high + 4L * i).lanewise(VectorOperators.LSHR, p % 4 * 2);
                IntVector quants =
                        tops.and(PAIRS).lanewise(VectorOperators.LSHL, 4).or(nibbles.and(NIBBLES));
                less(quants, 32).intoArray(out.quants, p * PART + i);
            }
        }
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector d = Lanes.halves(w, at + 208 * ROWS + 2L * r);
            for (int four = 0; four < 4; four++) {
                IntVector codes = Lanes.ints(w, at + 192 * ROWS + 4L * ROWS * four + 4L * r);
                for (int i = 0; i < 4; i++) {
                    // The lowest byte, with its sign.
                    IntVector code = codes.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24);
                    scaled(d, code).intoArray(out.scales, (4 * four + i) * ROWS + r);
                    codes = codes.lanewise(VectorOperators.LSHR, 8);
                }
            }
        }
    }
}
