package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Panels of IQ4_XS. */
final class VectorIQ4_XS extends PanelQuants {
    VectorIQ4_XS() {
        super(true);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int r = 0; r < ROWS; r += LANES) {
            FloatVector d = Lanes.halves(w, at + 2L * r);
            IntVector tops = Lanes.shorts(w, at + 2 * ROWS + 2L * r);
            IntVector lows = Lanes.ints(w, at + 4 * ROWS + 4L * r);
            for (int p = 0; p < PanelChunk.PARTS; p++) {
                IntVector low = lows.lanewise(VectorOperators.LSHR, 4 * p).and(15);
                IntVector high =
                        tops.lanewise(VectorOperators.LSHR, 2 * p).and(3).lanewise(VectorOperators.LSHL, 4);
                scaled(d, low.or(high).sub(32)).intoArray(out.scales, PanelChunk.run(p, 0) + r);
            }
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < PanelChunk.PARTS; p++) {
            VectorIQ4_NL.LEVELS.look(w, at + 8 * ROWS + 16L * ROWS * p, out.quants, p * PanelChunk.PART);
        }
    }
}
