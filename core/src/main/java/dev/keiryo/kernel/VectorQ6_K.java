package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q6_K. */
final class VectorQ6_K extends PanelQuants {
    private static final int PART = PanelChunk.PART;
    private static final int PAIRS = 0x30303030;

    VectorQ6_K() {
        super(false);
    }

    @Override
    void unpack(MemorySegment w, long at, int parts, PanelChunk out) {
        scales(w, at, out.scales);
        for (int half = 0; half < 2; half++) {
            long low = at + 64L * ROWS * half;
            long high = at + 128 * ROWS + 32L * ROWS * half;
            int to = half * 4 * PART;
            for (int i = 0; i < PART; i += LANES) {
                IntVector first = Lanes.ints(w, low + 4L * i);
                IntVector second = Lanes.ints(w, low + 32 * ROWS + 4L * i);
                IntVector tops = Lanes.ints(w, high + 4L * i);
                join(first, tops.lanewise(VectorOperators.LSHL, 4)).intoArray(out.quants, to + i);
                join(second, tops.lanewise(VectorOperators.LSHL, 2)).intoArray(out.quants, to + PART + i);
                join(first.lanewise(VectorOperators.LSHR, 4), tops).intoArray(out.quants, to + 2 * PART + i);
                join(second.lanewise(VectorOperators.LSHR, 4), tops.lanewise(VectorOperators.LSHR, 2))
                        .intoArray(out.quants, to + 3 * PART + i);
            }
        }
    }

    private static IntVector join(IntVector nibbles, IntVector tops) {
        return less(nibbles.and(NIBBLES).or(tops.and(PAIRS)), 32);
    }

    private static void scales(MemorySegment w, long at, float[] out) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector d = Lanes.halves(w, at + 208 * ROWS + 2L * r);
            for (int run = 0; run < 16; run++) {
                IntVector code = Lanes.ints(w, at + 192 * ROWS + 4L * ROWS * (run / 4) + 4L * r)
                        .lanewise(VectorOperators.LSHL, 24 - run % 4 * 8)
                        .lanewise(VectorOperators.ASHR, 24);
                scaled(d, code).intoArray(out, run * ROWS + r);
            }
        }
    }
}
