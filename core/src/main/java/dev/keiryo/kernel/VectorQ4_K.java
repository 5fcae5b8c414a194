package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of Q4_K. */
final class VectorQ4_K extends PanelQuants {
    private static final int PART = PanelChunk.PART;

    VectorQ4_K() {
        super(false);
    }

    @Override
    void unpack(MemorySegment w, long at, int parts, PanelChunk out) {
        scales(w, at, out);
        for (int pair = 0; pair < 4; pair++) {
            long quants = at + 16 * ROWS + 32L * ROWS * pair;
            for (int i = 0; i < PART; i += LANES) {
                IntVector v = Lanes.ints(w, quants + 4L * i);
                v.and(NIBBLES).intoArray(out.quants, 2 * pair * PART + i);
                v.lanewise(VectorOperators.LSHR, 4).and(NIBBLES).intoArray(out.quants, (2 * pair + 1) * PART + i);
            }
        }
    }

    /** Scales and offsets of 6 bits each: those of the last four parts are in two pieces, as in {@code KScales}. */
    static void scales(MemorySegment w, long at, PanelChunk out) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector d = Lanes.halves(w, at + 2L * r);
            FloatVector min = Lanes.halves(w, at + 2 * ROWS + 2L * r).neg();
            IntVector scales = Lanes.ints(w, at + 4 * ROWS + 4L * r);
            IntVector minima = Lanes.ints(w, at + 8 * ROWS + 4L * r);
            IntVector rest = Lanes.ints(w, at + 12 * ROWS + 4L * r);
            for (int p = 0; p < 4; p++) {
                IntVector scale = scales.lanewise(VectorOperators.LSHR, 8 * p).and(0xff);
                IntVector minimum = minima.lanewise(VectorOperators.LSHR, 8 * p).and(0xff);
                IntVector low = rest.lanewise(VectorOperators.LSHR, 8 * p).and(0xff);
                scaled(d, scale.and(63)).intoArray(out.scales, PanelChunk.run(p, 0) + r);
                scaled(min, minimum.and(63)).intoArray(out.offsets, PanelChunk.run(p, 0) + r);
                scaled(d, top(scale).or(low.and(15))).intoArray(out.scales, PanelChunk.run(p + 4, 0) + r);
                IntVector last = top(minimum).or(low.lanewise(VectorOperators.LSHR, 4));
                scaled(min, last).intoArray(out.offsets, PanelChunk.run(p + 4, 0) + r);
            }
        }
    }

    /** The two top bits of a byte, as bits 4 and 5. */
    private static IntVector top(IntVector v) {
        return v.lanewise(VectorOperators.LSHR, 6).lanewise(VectorOperators.LSHL, 4);
    }
}
