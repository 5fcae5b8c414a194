package dev.keiryo.kernel;

import static dev.keiryo.kernel.Lanes.LANES;

import java.lang.foreign.MemorySegment;

/** Panels of Q8_0. */
final class VectorQ8_0 extends PanelQuants {
    VectorQ8_0() {
        super(true);
    }

    @Override
    void scales(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            halves(w, at + 34L * ROWS * p, out.scales, p);
        }
    }

    @Override
    void quants(MemorySegment w, long at, int parts, PanelChunk out) {
        for (int p = 0; p < parts; p++) {
            long block = at + 34L * ROWS * p;
            for (int i = 0; i < PanelChunk.PART; i += LANES) {
                Lanes.ints(w, block + 2 * ROWS + 4L * i).intoArray(out.quants, p * PanelChunk.PART + i);
            }
        }
    }
}
